"""One password, however a keyboard composes its characters."""

import unicodedata


def compose(password: str) -> str:
    """In NFC, as RFC 8265 (section 4.2.2) and NIST SP 800-63B (section 3.1.1.2) ask for."""
    return unicodedata.normalize("NFC", password)
