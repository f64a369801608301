import re

import pytest
from django.test import Client

from accounts.models import User


@pytest.fixture
def browser(user):
    """Signed in, and as strict with forms from elsewhere as in production."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    return browser


@pytest.mark.parametrize("path", ["/", "/accounts/logout", "/accounts/login", "/admin/"])
def test_a_cross_site_form_gets_an_explanatory_page(browser, path):
    response = browser.post(path, {})

    assert response.status_code == 403
    assert "text/html" in response["Content-Type"]
    assert "reload the page" in response.content.decode()
    assert browser.get("/history").status_code == 200


def test_our_own_form_is_accepted(browser):
    token = re.search(
        r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get("/").content.decode()
    )

    response = browser.post("/accounts/logout", {"csrfmiddlewaretoken": token[1]})

    assert response.status_code == 302


def test_the_api_ignores_sessions(browser, user):
    """Else a form from elsewhere could use it."""
    assert browser.get("/users/me").status_code == 401
    assert browser.delete(f"/users/{user.pk}").status_code == 401
    assert User.objects.exists()
