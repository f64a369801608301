"""Redis wherever it is: one server, with or without TLS, or the primary that Sentinels name.

The one place that connects to it. Addresses are those of redis-py (`redis://`, `rediss://`,
`unix://`), and for Sentinel

    redis+sentinel://USER:PASSWORD@HOST:26379,HOST:26379,HOST:26379/0?master=NAME

with `rediss+sentinel://` where servers and Sentinels speak TLS. User and password are the servers';
`sentinel_username` and `sentinel_password` are for Sentinels that ask for one, too.
"""

import os
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from redis import Redis, SSLConnection
from redis.connection import parse_url
from redis.exceptions import RedisError
from redis.sentinel import Sentinel

PORT = 26379  # Sentinel's own default
VIA_SENTINEL = "+sentinel"
SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel")
FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
# A hanging Redis does not block requests for long. RQ's workers and predictions/queueing/queue.py
# give more to reads that block.
CONNECT_SECONDS, SECONDS = 3, 5


class Sentinels(Sentinel):
    """redis-py's, for many threads.

    Its list begins with the Sentinel that answered last. redis-py swaps two entries in place: two
    threads that do so at once can overwrite one of them, and lose it for ever.
    """

    def discover_master(self, service_name: str) -> tuple[str, int]:
        asked = copy(self)
        asked.sentinels = [*self.sentinels]
        found: tuple[str, int] = super(Sentinels, asked).discover_master(service_name)
        self.sentinels = asked.sentinels
        return found


@dataclass(frozen=True)
class SentinelAddress:
    """Where Sentinels are, the name by which they know the primary, and how to connect to both."""

    hosts: list[tuple[str, int]]
    primary: str
    of_server: dict[str, Any]
    of_sentinel: dict[str, Any]

    @classmethod
    def parse(cls, url: str, **options: Any) -> "SentinelAddress":
        """Raises ValueError with a sentence. The address wins over options, as with redis-py."""
        parts = urlsplit(url)
        credentials, _, hosts = parts.netloc.rpartition("@")
        one = f"{credentials}@sentinel" if credentials else "sentinel"
        scheme = parts.scheme.removesuffix(VIA_SENTINEL)
        said = options | parse_url(parts._replace(scheme=scheme, netloc=one).geturl())
        said.pop("host")
        primary = said.pop("master", "")
        if not primary:
            raise ValueError("it must end with ?master=NAME, as the Sentinels call the primary.")
        if said.pop("connection_class", None) is SSLConnection:
            said["ssl"] = True
        of_both = {
            name: value for name, value in said.items() if name.startswith(("socket_", "ssl"))
        }
        own = {
            name: said.pop(f"sentinel_{name}")
            for name in ("username", "password")
            if f"sentinel_{name}" in said
        }
        addresses = [urlsplit(f"//{host}") for host in hosts.split(",")]
        if not all(address.hostname for address in addresses):
            raise ValueError("it must name the Sentinels as HOST:26379, with commas between.")
        return cls(
            hosts=[(str(address.hostname), address.port or PORT) for address in addresses],
            primary=primary,
            of_server=said,
            # redis-py would try each Sentinel ten times before it asks the next.
            of_sentinel={**of_both, **own, "retry": None},
        )


def is_behind_sentinel(url: str) -> bool:
    return urlsplit(url).scheme.endswith(VIA_SENTINEL)


def connect(url: str, **options: Any) -> Redis:
    """A client with connections of its own, which are made when they are used.

    options: of redis-py's connections, such as `socket_timeout`; Sentinels get them, too.
    """
    if not is_behind_sentinel(url):
        redis: Redis = Redis.from_url(url, **options)
        return redis
    address = SentinelAddress.parse(url, **options)
    sentinels = Sentinels(address.hosts, sentinel_kwargs=address.of_sentinel, **address.of_server)
    primary: Redis = sentinels.master_for(address.primary)
    return primary


def votes(url: str, seconds: float) -> Iterator[tuple[str, RedisError | None]]:
    """Each Sentinel, and why it cannot have another server take over; None if it can."""
    address = SentinelAddress.parse(url, socket_timeout=seconds, socket_connect_timeout=seconds)
    for host, port in address.hosts:
        with Redis(host, port, **address.of_sentinel) as sentinel:
            try:
                sentinel.sentinel_ckquorum(address.primary)
            except RedisError as error:
                yield f"{host}:{port}", error
            else:
                yield f"{host}:{port}", None


def rq_connection(url: str) -> dict[str, Any]:
    """The same for django-rq, which makes its connections itself, as an entry of RQ_QUEUES."""
    if not is_behind_sentinel(url):
        and_so_on = "&" if urlsplit(url).query else "?"
        return {"URL": f"{url}{and_so_on}socket_connect_timeout={CONNECT_SECONDS}"}
    address = SentinelAddress.parse(
        url, socket_timeout=SECONDS, socket_connect_timeout=CONNECT_SECONDS
    )
    return {
        "SENTINELS": address.hosts,
        "MASTER_NAME": address.primary,
        "DB": address.of_server.pop("db", 0),
        "CONNECTION_KWARGS": address.of_server,
        "SENTINEL_KWARGS": address.of_sentinel,
    }


def passwords(url: str) -> set[str]:
    """As they are, and as they are written in the address."""
    parts = urlsplit(url)
    written = {parts.netloc.rpartition("@")[0].partition(":")[2]}
    for pair in parts.query.split("&"):
        name, _, value = pair.partition("=")
        if name.endswith("password"):
            written.add(value)
    return {each for password in written if password for each in (password, unquote(password))}


def checked(url: str) -> str:
    """The address, once it can be used. Raises ImproperlyConfigured, without its passwords."""
    if urlsplit(url).scheme not in SCHEMES:
        raise ImproperlyConfigured(
            "REDIS_URL must begin with redis://, rediss:// (TLS), unix://, redis+sentinel:// or "
            "rediss+sentinel://."
        )
    try:
        # Made, and not connected: redis-py refuses here what it does not know.
        made = connect(url).connection_pool.make_connection()
    except TypeError as error:
        option = str(error).rpartition("keyword argument ")[2]
        raise ImproperlyConfigured(f"REDIS_URL has an unknown option: {option}.") from None
    except (ValueError, RedisError) as error:
        reason = str(error)
        if reason.startswith("Port "):  # it may be a piece of the password
            reason = "its port is none; in a password write / as %2F, ? as %3F, # as %23, @ as %40."
        raise ImproperlyConfigured(f"REDIS_URL cannot be used: {reason}") from None
    for name in FILES:
        path = getattr(made, name.removeprefix("ssl_"), None)
        if path and not os.access(path, os.R_OK):
            raise ImproperlyConfigured(f"REDIS_URL: {name} names {path}, which cannot be read.")
    return url
