"""Where webhooks may be sent: to public addresses only, unless operators allow others.

Otherwise anybody with an account could have this server send requests to its own network.
"""

import re
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.email_addresses import ascii_domain

MOST = 500  # characters
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last four bytes
INVALID = _("Enter a web address that begins with https://.")
PRIVATE = _("This address is not public.")
Address = IPv4Address | IPv6Address


class NotPublic(Exception):
    """The host has an address to which nothing is sent from here."""


def clean(url: str) -> str:
    """The address with its host in ASCII, without a fragment.

    Only sending it tells to which addresses the host resolves then.

    Raises:
        ValidationError
    """
    schemes = ("https", "http") if settings.WEBHOOKS_TO_PRIVATE_ADDRESSES else ("https",)
    try:
        parts = urlsplit(url.strip())
        host, port = ascii_domain((parts.hostname or "").lower()), parts.port
    except ValueError as error:
        raise ValidationError(INVALID) from error
    shown = f"[{host}]" if ":" in host else host
    location = shown if port is None else f"{shown}:{port}"
    cleaned = parts._replace(netloc=location, fragment="").geturl()
    if parts.scheme not in schemes or not host or "@" in parts.netloc or port == 0:
        raise ValidationError(INVALID)
    if len(cleaned) > MOST or not re.fullmatch(r"[!-~]+", cleaned):
        raise ValidationError(INVALID)
    if host == "localhost" or host.endswith(".localhost") or not is_allowed_literal(host):
        refuse_private()
    return cleaned


def refuse_private() -> None:
    """Raises ValidationError, unless operators allow private addresses."""
    if not settings.WEBHOOKS_TO_PRIVATE_ADDRESSES:
        raise ValidationError(PRIVATE)


def is_allowed_literal(host: str) -> bool:
    """True for a name."""
    try:
        return is_public(ip_address(host))
    except ValueError:
        return True


def resolve(parts: SplitResult) -> list[str]:
    """The addresses of the host, each of which is allowed.

    Raises:
        NotPublic
        OSError: the name does not resolve.
    """
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    if not settings.WEBHOOKS_TO_PRIVATE_ADDRESSES:
        for address in addresses:
            if not is_public(ip_address(address)):
                raise NotPublic
    return addresses


def is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        inside = address.ipv4_mapped or address.sixtofour
        if address in NAT64:
            inside = IPv4Address(address.packed[-4:])
        if inside is not None and not is_public(inside):
            return False
        if address.teredo is not None or address.is_site_local:
            return False
        if address.ipv4_mapped:
            return True
    return address.is_global and not address.is_multicast and not address.is_reserved
