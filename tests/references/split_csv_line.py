import re


def split_csv_line(line: str, separator: str = ",") -> list[str]:
    if len(separator) != 1 or separator == '"':
        raise ValueError(f"bad separator: {separator!r}")
    mark = re.escape(separator)
    field = re.compile(rf'"((?:[^"]|"")*)"(?!")|(?!")[^{mark}]*')
    fields = []
    at = 0
    while True:
        match = field.match(line, at)
        if match is None:
            raise ValueError(f"quoted field without end at {at}")
        quoted = match[1]
        fields.append(match[0] if quoted is None else quoted.replace('""', '"'))
        at = match.end()
        if at == len(line):
            return fields
        if line[at] != separator:
            raise ValueError(f"unexpected {line[at]!r} at {at}")
        at += 1
