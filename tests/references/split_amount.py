def split_amount(cents, weights):
    total = sum(weights)
    if cents < 0 or total == 0 or any(weight < 0 for weight in weights):
        raise ValueError("cents or a weight is negative, or all weights are zero")
    shares = [cents * weight // total for weight in weights]
    fractions = [cents * weight % total for weight in weights]
    by_fraction = sorted(range(len(weights)), key=lambda at: -fractions[at])
    for at in by_fraction[: cents - sum(shares)]:
        shares[at] += 1
    return shares
