def apply_edits(record, edits):
    changed = dict(record)
    for edit in edits:
        if edit["op"] == "set":
            changed[edit["key"]] = edit["value"]
            continue
        if edit["key"] not in changed:
            raise KeyError(edit["key"])
        if edit["op"] == "rename":
            if edit["to"] in changed:
                raise ValueError(f"{edit['to']!r} is there already")
            changed[edit["to"]] = changed[edit["key"]]
        del changed[edit["key"]]
    return changed
