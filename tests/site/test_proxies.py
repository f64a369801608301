"""Whom the site believes that a request came over HTTPS."""

import pytest
import requests

pytestmark = pytest.mark.django_db  # else there is no database to serve


def test_forwarding_headers_are_ignored_without_a_proxy(serve):
    """gunicorn by itself believes whoever comes from this machine."""
    for proxies, status in (("0", 301), ("1", 200)):
        site = serve(HTTPS="1", NUM_PROXIES=proxies)
        answer = requests.get(
            f"{site}/docs",
            headers={"X-Forwarded-Proto": "https"},
            timeout=20,
            allow_redirects=False,
        )
        assert answer.status_code == status
