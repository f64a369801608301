"""The way in: what the proxies in front do with a request for SITE_URL."""

import http.client
import json
import ssl
import time
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from classifier_site.operations.doctor.findings import (
    Check,
    Finding,
    note,
    problem,
    reason,
    warning,
)

SECONDS = 5
EXPIRES_SOON = 14 * 86400  # seconds, as in the alert
HEADERS = (
    "Let the proxy send `X-Forwarded-Proto: https` and `Host` as it got them (docs/operations.md, "
    "HTTPS)"
)


class Answer(NamedTuple):
    status: int
    location: str
    body: bytes
    expires: float | None  # seconds since 1970, of the certificate


def number_of_proxies() -> Iterator[Finding]:
    if settings.HTTPS and not settings.NUM_PROXIES:
        yield problem(
            "HTTPS is on and NUM_PROXIES is 0: the headers of a proxy are not believed, so every "
            "request is redirected to HTTPS for ever, and all people share one address.",
            "Set NUM_PROXIES to the number of proxies in front, or HTTPS=0 if there is none.",
        )


def way_in() -> Iterator[Finding]:
    if not settings.SITE_URL:
        yield note("The proxy was not asked: there is no SITE_URL.")
        return
    try:
        alive, page = get("/health/live"), get(reverse("login"))
    except ssl.SSLCertVerificationError as error:
        yield problem(
            f"The certificate of {settings.SITE_URL} is not accepted: {error.verify_message}.",
            "See the log of the proxy, which should renew it.",
        )
        return
    except (OSError, http.client.HTTPException) as error:
        yield warning(
            f"{settings.SITE_URL} cannot be reached from here: {reason(error)}",
            "See whether the proxy runs and where the name leads. Some networks do not let a "
            "machine reach its own public address; then try it from elsewhere.",
        )
        return
    yield from look_at(alive, page)
    if alive.expires is not None and alive.expires - time.time() < EXPIRES_SOON:
        days = max(0, int((alive.expires - time.time()) / 86400))
        yield warning(
            f"The certificate of {settings.SITE_URL} expires in {days} days.",
            "See the log of the proxy, which should have renewed it.",
        )


def look_at(alive: Answer, page: Answer) -> Iterator[Finding]:
    if 400 in (alive.status, page.status):
        yield problem(
            f"The site does not know its own name: it refuses {settings.SITE_URL} with a 400.",
            f"Add the host to ALLOWED_HOSTS. {HEADERS}.",
        )
    elif page.status in (301, 302, 307, 308) and page.location.startswith("https:"):
        yield problem(
            "The site takes requests for plain HTTP that came by HTTPS, and redirects them for "
            "ever.",
            f"{HEADERS}, and set NUM_PROXIES to the number of proxies.",
        )
    elif not is_ours(alive):
        yield problem(
            f"{settings.SITE_URL}/health/live answers {alive.status}, and not as this service.",
            "See where the proxy leads, and whether the site runs.",
        )


def is_ours(alive: Answer) -> bool:
    try:
        return alive.status == 200 and json.loads(alive.body) == {"status": "alive"}
    except ValueError:
        return False


def get(path: str) -> Answer:
    """Follows no redirection. Raises OSError and HTTPException."""
    site = urlsplit(settings.SITE_URL)
    host = site.hostname or ""
    is_https = site.scheme.lower() == "https"
    kind = http.client.HTTPSConnection if is_https else http.client.HTTPConnection
    connection = kind(host, site.port, timeout=SECONDS)
    try:
        connection.request("GET", path)
        expires = None
        if isinstance(connection.sock, ssl.SSLSocket):
            certificate = connection.sock.getpeercert() or {}
            expires = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
        response = connection.getresponse()
        location = response.getheader("Location", "")
        return Answer(response.status, location, response.read(100_000), expires)
    finally:
        connection.close()


CHECKS = [Check(number_of_proxies), Check(way_in)]
