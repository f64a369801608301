"""Whether a picture is learned from, or kept apart for choosing or for testing."""

# Each with where it ends among the pictures, of 100 parts.
SPLITS = {"train": 80, "validation": 90, "test": 100}


def split_of(sha256: str) -> str:
    """Of a picture, by its SHA-256 in hex: the same in every export on every server.

    A picture that comes later changes nothing for the others.
    """
    part = 100 * int(sha256[:8], 16) >> 32
    return next(split for split, end in SPLITS.items() if part < end)
