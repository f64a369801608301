"""The site's address in mails, which a forged request must not be able to choose."""

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port


def site_url(request: HttpRequest) -> str:
    """SITE_URL, or else the request's host, which ALLOWED_HOSTS admits, at the site's own port.

    ALLOWED_HOSTS admits every port, and behind another port of the same machine may be somebody who
    waits for the link. The port at which a proxy is reached is not known here: it is the usual one,
    or SITE_URL says it.
    """
    if settings.SITE_URL:
        return settings.SITE_URL
    host, _ = split_domain_port(request.get_host())
    usual = "443" if request.is_secure() else "80"
    port = usual if settings.NUM_PROXIES else request.get_port()
    return f"{request.scheme}://{host}" + ("" if port == usual else f":{port}")
