import re


def snake_case(name):
    starts = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
    words = re.split(r"[^a-zA-Z0-9]+", re.sub(starts, "_", name))
    return "_".join(word for word in words if word).lower()
