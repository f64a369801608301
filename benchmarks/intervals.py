"""How sure a share is."""

from math import sqrt

Z = 1.96  # 95 % of a normal distribution lie within so many standard deviations


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share, 0 to 1 (Wilson 1927; Brown, Cai, DasGupta 2001, section 3.1).

    Unlike the normal approximation it holds for few and near 0 and 1.
    """
    if of == 0:
        return 0.0, 1.0
    share, z2 = hits / of, Z**2
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z * sqrt(share * (1 - share) / of + z2 / (4 * of**2)) / (1 + z2 / of)
    return max(0.0, centre - half), min(1.0, centre + half)


def interval(hits: int, of: int) -> str:
    """In percent, as `88.8 % (86.7 to 90.6)`."""
    low, high = wilson(hits, of)
    share = 100 * hits / of if of else 0.0
    return f"{share:.1f} % ({100 * low:.1f} to {100 * high:.1f})"
