import re


def json_pointer(document, pointer):
    if pointer and not pointer.startswith("/"):
        raise ValueError(f"a pointer starts with '/': {pointer!r}")
    here = document
    for raw in pointer.split("/")[1:]:
        piece = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(here, dict) and piece in here:
            here = here[piece]
        elif (
            isinstance(here, list)
            and re.fullmatch(r"0|[1-9][0-9]*", piece)
            and int(piece) < len(here)
        ):
            here = here[int(piece)]
        else:
            raise KeyError(piece)
    return here
