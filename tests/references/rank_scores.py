def rank_scores(entries):
    scores = [entry["score"] for entry in entries]
    ranked = [
        {"name": entry["name"], "rank": 1 + sum(score > entry["score"] for score in scores)}
        for entry in entries
    ]
    return sorted(ranked, key=lambda item: (item["rank"], item["name"]))
