def flatten_keys(tree):
    flat = {}

    def add(prefix, record):
        for name, value in record.items():
            key = prefix + name
            if isinstance(value, dict) and value:
                add(key + ".", value)
            elif key in flat:
                raise ValueError(f"two values come to {key!r}")
            else:
                flat[key] = value

    add("", tree)
    return flat
