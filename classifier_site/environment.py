"""How settings are read from environment variables, and refused in one sentence.

environs reads their types; here is what it does not check.
"""

import os
import re
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env

env = Env()

RATE = r"[1-9]\d*/(?:sec|min|hour|day)"
RATE_PARTS = ", with sec, min, hour or day behind the slash, or empty for no limit."


def required(name: str, how: str) -> str:
    """The value of a setting that has no safe default."""
    value: str = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {how}")
    return value


def one_of(name: str, default: str, *others: str) -> Any:
    """The value of a setting that has a few."""
    value: str = env.str(name, default)
    if value not in (default, *others):
        raise ImproperlyConfigured(
            f"{name} is {value!r}; it can be {default}, {', '.join(others)}."
        )
    return value


def origin(name: str) -> str:
    """Scheme, host and perhaps port of an address, without a slash at its end; empty for none."""
    value: str = env.str(name, "").rstrip("/")
    if value and not re.fullmatch(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d+)?", value, re.I):
        raise ImproperlyConfigured(
            f"{name} is {value!r}; it must be like https://classifier.example.org, without a path."
        )
    return value


def one_or_more(name: str, default: int) -> int:
    value: int = env.int(name, default)
    if value < 1:
        raise ImproperlyConfigured(f"{name} is {value}; it must be 1 or more.")
    return value


def rate(name: str, default: str) -> str | None:
    """How often something may be asked, as REST framework writes it; None for no limit."""
    value: str = env.str(name, default)
    if value and not re.fullmatch(RATE, value):
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be like {default}{RATE_PARTS}")
    return value or None


def rates(name: str, default: str) -> list[str]:
    """Several of them, with commas between, that all hold; empty for no limit."""
    value: str = env.str(name, default)
    if value and not re.fullmatch(f"{RATE}(,{RATE})*", value):
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be like {default}{RATE_PARTS}")
    return value.split(",") if value else []


def clamd_url(name: str) -> str:
    """Where a clamd listens, or nothing."""
    url: str = env.str(name, "")
    try:
        address = urlsplit(url)
        is_tcp = url == f"tcp://{address.netloc}" and not re.search(r"[\s@]", url)
        is_tcp = is_tcp and bool(address.hostname and address.port)
    except ValueError:  # what should be a port is none
        is_tcp = False
    # sun_path of unix(7), less the byte that ends it.
    path = url.removeprefix("unix://")
    is_unix = path != url and path.startswith("/") and len(os.fsencode(path)) < 108
    if url and not is_tcp and not is_unix:
        raise ImproperlyConfigured(
            f"{name} is {url!r}; it must be like tcp://localhost:3310 or unix:///run/clamd.sock, "
            "with a path of at most 107 bytes, or empty for no virus scan."
        )
    return url
