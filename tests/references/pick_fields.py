def pick_fields(record, names):
    return {name: record[name] for name in names if name in record}
