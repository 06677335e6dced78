import re


def parse_color(text):
    if not re.fullmatch(r"#(?:[0-9a-fA-F]{3}){1,2}", text):
        return None
    digits = text[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return {name: int(digits[at : at + 2], 16) for name, at in (("r", 0), ("g", 2), ("b", 4))}
