def status_label(code):
    labels = ("informational", "success", "redirect", "client error", "server error")
    if not 100 <= code <= 599:
        raise ValueError(f"no HTTP status code: {code}")
    return labels[code // 100 - 1]
