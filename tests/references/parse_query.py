from urllib.parse import unquote_plus


def parse_query(query):
    pairs = []
    for piece in query.removeprefix("?").split("&"):
        if not piece:
            continue
        key, equals, value = piece.partition("=")
        pairs.append({"key": unquote_plus(key), "value": unquote_plus(value) if equals else None})
    return pairs
