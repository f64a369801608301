"""Webhooks on a page of the account, without JavaScript."""

import re

from predictions.webhooks import services
from tests.predictions.webhooks.conftest import send_all

PAGE = "/accounts/webhooks"


def test_the_account_leads_to_the_page(page):
    assert f'href="{PAGE}"' in page.get("/accounts").content.decode()
    assert "You have no webhooks." in page.get(PAGE).content.decode()


def test_a_webhook_is_made_with_a_secret_that_is_shown_once(page, user):
    html = page.post(PAGE, {"url": "https://receiver.example/"}).content.decode()
    assert re.search(r"whsec_[\w+/]+=*", html)
    assert user.webhooks.get().url == "https://receiver.example/"
    html = page.get(PAGE).content.decode()
    assert "https://receiver.example/" in html
    assert "whsec_" not in html


def test_an_address_that_is_not_accepted_is_explained(page, user):
    html = page.post(PAGE, {"url": "https://127.0.0.1/"}).content.decode()
    assert "This address is not public." in html
    assert not user.webhooks.exists()


def test_a_sixth_one_is_refused(page, user):
    for _ in range(services.MOST + 1):
        html = page.post(PAGE, {"url": "https://receiver.example/"}).content.decode()
    assert "You already have 5 webhooks, the maximum." in html


def test_a_test_is_sent_and_its_result_listed(page, webhook, receiver):
    assert page.post(f"{PAGE}/{webhook.pk}/test")["Location"] == PAGE
    assert send_all() == 1
    html = page.get(PAGE).content.decode()
    assert "A test: delivered" in html
    assert "HTTP 204" in html


def test_a_webhook_is_removed(page, webhook, user):
    page.post(f"{PAGE}/{webhook.pk}/remove")
    assert not user.webhooks.exists()


def test_another_persons_webhook_is_not_found(page_for, make_user, webhook):
    eve = page_for(make_user("eve@example.com"))
    for action in ("test", "remove"):
        assert eve.post(f"{PAGE}/{webhook.pk}/{action}").status_code == 404
