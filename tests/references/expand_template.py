import re

_PIECE = re.compile(r"\{\{|\}\}|\{([^}]*)\}|[{}]")


def expand_template(template, values):
    def fill(match):
        piece = match[0]
        if piece in ("{{", "}}"):
            return piece[0]
        if match[1] is None:
            raise ValueError(f"single {piece!r} at {match.start()}")
        name, bar, text = match[1].partition("|")
        if not re.fullmatch(r"[a-zA-Z0-9_]+", name):
            raise ValueError(f"bad name: {name!r}")
        if name in values:
            return values[name]
        if not bar:
            raise KeyError(name)
        return text

    return _PIECE.sub(fill, template)
