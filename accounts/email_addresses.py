"""One spelling for each mailbox, so that one address is one account."""

import unicodedata

import idna

JOINERS = "\u200c\u200d"  # domains in some scripts need them (RFC 5892, appendix A)


def normalise(email: str) -> str:
    """Lower case, without invisible characters, and the domain in ASCII.

    In practice, mailboxes never differ by case only. Browsers convert the domain of a field for
    emails (HTML Standard, section 4.10.5.1.5), other clients do not.
    """
    text = unicodedata.normalize("NFKC", visible(email)).strip().lower()
    local, at, domain = text.rpartition("@")
    return without_joiners(local) + at + ascii_domain(domain)


def visible(text: str) -> str:
    """Without characters that format a text (Unicode's category Cf), such as a pasted U+202C."""
    return "".join(c for c in text if c in JOINERS or unicodedata.category(c) != "Cf")


def without_joiners(text: str) -> str:
    return text.translate(dict.fromkeys(map(ord, JOINERS)))


def ascii_domain(domain: str) -> str:
    """By UTS 46, as browsers do; a domain that it does not allow stays, and is refused later."""
    if domain.isascii() and "xn--" not in domain:
        return domain
    for spelling in (domain, without_joiners(domain)):
        try:
            return idna.encode(spelling, uts46=True).decode()
        except (idna.IDNAError, UnicodeError):
            continue
    try:
        return punycode(without_joiners(domain))
    except (idna.IDNAError, UnicodeError):
        return without_joiners(domain)


def punycode(domain: str) -> str:
    """Of symbols, such as emoji, too: browsers and registries allow some that IDNA 2008 does not.

    Raises:
        IDNAError, UnicodeError
    """
    labels = idna.uts46_remap(domain).split(".")
    if any(label.startswith("-") or label.endswith("-") for label in labels):
        raise idna.IDNAError
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in labels
    )
