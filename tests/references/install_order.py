def install_order(needs: dict[str, list[str]]) -> list[str]:
    waiting = {package: set(needed) for package, needed in needs.items()}
    for needed in needs.values():
        for package in needed:
            waiting.setdefault(package, set())
    order: list[str] = []
    while waiting:
        ready = [package for package, needed in waiting.items() if needed.issubset(order)]
        if not ready:
            raise ValueError(f"packages need each other: {sorted(waiting)}")
        order.append(min(ready))
        del waiting[order[-1]]
    return order
