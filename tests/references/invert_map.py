def invert_map(mapping: dict[str, str]) -> dict[str, str]:
    inverted = {value: key for key, value in mapping.items()}
    if len(inverted) < len(mapping):
        raise ValueError("two keys have the same value")
    return inverted
