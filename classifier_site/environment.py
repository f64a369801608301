"""The one reader of environment variables, which refuses a wrong value in one sentence.

environs reads their types; here is what it does not check.
"""

import os
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

from foundation.storage.address import Bucket, bucket_at

# All that this process was given. manage.py adds the addresses of its own servers, and `up` hands
# it on to the processes that it starts.
process: MutableMapping[str, str] = os.environ


env = Env()

RATE = r"[1-9]\d*/(?:sec|min|hour|day)"
RATE_PARTS = ", with sec, min, hour or day behind the slash, or empty for no limit."


def integer(name: str, default: int | None = None) -> Any:
    """A whole number. Of numbers and switches an empty value is none, and the default counts."""
    return _read(env.int, name, default, "a whole number")


def number(name: str, default: float) -> float:
    value: float = _read(env.float, name, default, "a number")
    return value


def boolean(name: str, default: bool) -> bool:
    value: bool = _read(env.bool, name, default, "1 or 0")
    return value


def _read(read: Any, name: str, default: Any, kind: str) -> Any:
    value = process.get(name)
    if not value:
        return default
    try:
        return read(name)
    except EnvError as error:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be {kind}.") from error


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


def log_format() -> str:
    """How settings.py and gunicorn.conf.py write log lines: for people where they can see them."""
    if process.get("LOG_FORMAT") or not (boolean("DEBUG", False) or sys.stderr.isatty()):
        return str(one_of("LOG_FORMAT", "json", "console"))
    return "console"


def log_colours() -> bool:
    return boolean("CLASSIFIER_LOG_COLOURS", sys.stderr.isatty())


def origin(name: str) -> str:
    """Scheme, host and perhaps port of an address, without a slash at its end; empty for none."""
    value: str = env.str(name, "").rstrip("/")
    if value and not re.fullmatch(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d+)?", value, re.I):
        raise ImproperlyConfigured(
            f"{name} is {value!r}; it must be like https://classifier.example.org, without a path."
        )
    return value


def server(name: str) -> str:
    """Where an HTTP server answers, perhaps under a path; empty for none.

    Not with a password, which would be in its error messages and so in the log.
    """
    value: str = env.str(name, "").rstrip("/")
    try:
        address = urlsplit(value)
        is_server = address.scheme in ("http", "https") and bool(address.hostname)
        is_server = is_server and (address.port is None or bool(address.port))
        is_plain = not re.search(r"[\s@?#]", value)
    except ValueError:  # what should be a port is none
        is_server = is_plain = False
    if value and not (is_server and is_plain):
        raise ImproperlyConfigured(
            f"{name} must be like https://mlflow.example.org, without user and password."
        )
    return value


def one_or_more(name: str, default: int) -> int:
    value: int = integer(name, default)
    if value < 1:
        raise ImproperlyConfigured(f"{name} is {value}; it must be 1 or more.")
    return value


def database(name: str) -> dict[str, Any]:
    """How Django connects to the PostgreSQL of an address."""
    try:
        parameters: dict[str, Any] = env.dj_db_url(name, conn_max_age=600, conn_health_checks=True)
    except EnvError as error:
        raise ImproperlyConfigured(f"{name} cannot be read: {error}") from error
    if parameters["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{name} must name a PostgreSQL database (postgres://…).")
    return {
        **parameters,
        "ENGINE": "foundation.postgresql",
        # libpq's. If the database's machine vanishes, a waiting thread notices after a quarter of
        # an hour by Linux's defaults; with these after half a minute.
        "OPTIONS": {
            "connect_timeout": 3,
            "keepalives_idle": 15,  # seconds; while an answer is waited for
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 30_000,  # milliseconds; while what was sent is not acknowledged
            **parameters.get("OPTIONS", {}),
        },
    }


def limit(name: str) -> int | None:
    """How many of something there may be; None for as many as one likes."""
    value: int | None = integer(name)
    if value is not None and value < 1:
        raise ImproperlyConfigured(
            f"{name} is {value}; it must be 1 or more; leave it out for no limit."
        )
    return value


def port(name: str, default: int | None = None) -> Any:
    """A TCP port, or the default where none is named."""
    value: int | None = integer(name, default)
    if value is not None and not 0 < value < 65536:
        raise ImproperlyConfigured(f"{name} is {value}; it must be from 1 to 65535.")
    return value


def folder(name: str) -> Path | None:
    """A folder, made if it is not there; None where the variable is not set.

    It cannot be empty: a library that reads the same variable would use the folder in which the
    process was started.
    """
    value: str | None = env.str(name, None)
    if value is None:
        return None
    if not value:
        raise ImproperlyConfigured(f"{name} is set to nothing: leave it out instead.")
    try:
        Path(value).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name} cannot be made a folder: {error}") from error
    return Path(value)


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


def bucket(name: str) -> Bucket | None:
    """A place in S3, or nothing."""
    url: str = env.str(name, "")
    if not url:
        return None
    try:
        return bucket_at(url)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} {error}.") from error
