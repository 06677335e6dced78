import math


def distance_km(start, end):
    for place in (start, end):
        if not (-90 <= place["lat"] <= 90 and -180 <= place["lon"] <= 180):
            raise ValueError(f"not on the ball: {place}")
    lat1, lat2 = math.radians(start["lat"]), math.radians(end["lat"])
    turn = math.radians(end["lon"] - start["lon"])
    chord = (
        math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(turn / 2) ** 2
    )
    return 2 * 6371 * math.asin(math.sqrt(min(1.0, chord)))
