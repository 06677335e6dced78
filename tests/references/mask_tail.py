def mask_tail(secret, visible):
    if visible < 0:
        raise ValueError("visible is negative")
    hidden = max(0, len(secret) - visible)
    return "*" * hidden + secret[hidden:]
