def ensure_suffix(name: str, suffix: str) -> str:
    return name if name.endswith(suffix) else name + suffix
