"""`doctor` finds proxies that the site cannot work behind."""

import pytest

from classifier_site.operations.doctor import (
    proxy,
)
from classifier_site.operations.doctor.findings import Severity
from tests.operations.doctor.finding import one
from tests.ports import free_port

pytestmark = pytest.mark.django_db


def test_proxy_headers_that_are_not_believed(settings):
    settings.HTTPS = True
    found = one(proxy.number_of_proxies, "NUM_PROXIES is 0")
    assert "NUM_PROXIES" in found.do


def test_a_proxy_that_does_not_say_that_it_was_https(serve, settings):
    settings.SITE_URL = serve(HTTPS="1", NUM_PROXIES="1")
    found = one(proxy.way_in, "for plain HTTP")
    assert "X-Forwarded-Proto" in found.do


def test_a_proxy_that_passes_on_another_host(serve, settings):
    settings.SITE_URL = serve(ALLOWED_HOSTS="classifier.example.org")
    found = one(proxy.way_in, "does not know its own name")
    assert "ALLOWED_HOSTS" in found.do


def test_a_proxy_that_does_not_answer(settings, serve):
    settings.SITE_URL = f"http://127.0.0.1:{free_port()}"
    one(proxy.way_in, "cannot be reached from here", severity=Severity.WARNING)
    settings.SITE_URL = serve()
    assert list(proxy.way_in()) == []
