def _check(income, brackets):
    if income < 0 or not brackets:
        raise ValueError("income is negative or there are no brackets")
    if not all(0 <= bracket["rate"] <= 1 for bracket in brackets):
        raise ValueError("a rate is not between 0 and 1")
    *ends, last = (bracket["up_to"] for bracket in brackets)
    if last is not None or None in ends:
        raise ValueError("the last bracket, and no other, has no end")
    if not all(low < high for low, high in zip([0, *ends], ends, strict=False)):
        raise ValueError("the ends don't rise from above 0")


def marginal_tax(income, brackets):
    _check(income, brackets)
    tax = 0.0
    start = 0
    for bracket in brackets:
        end = income if bracket["up_to"] is None else min(income, bracket["up_to"])
        tax += max(0, end - start) * bracket["rate"]
        start = end
    return tax
