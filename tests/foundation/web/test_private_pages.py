"""Whether a page may be shown again from a cache: a shared one, or the browser's own."""

import pytest


@pytest.mark.parametrize("path", ["/", "/history", "/accounts", "/accounts/nothing"])
def test_pages_of_signed_in_people_are_not_cached(page, model, path):
    kept = page.get(path, headers={"Accept": "text/html"})["Cache-Control"]
    assert "no-store" in kept and "private" in kept


def test_the_page_of_a_prediction_is_not_cached(page, user, ask):
    assert page.get(f"/history/{ask(user).pk}")["Cache-Control"] == "private, no-store"


def test_the_back_button_shows_nothing_after_signing_out(page, user, ask):
    """A browser asks again for what it must not keep."""
    path = f"/history/{ask(user).pk}"
    assert "no-store" in page.get(path)["Cache-Control"]
    page.post("/accounts/logout")
    assert page.get(path).status_code == 302


def test_pictures_are_cached_only_by_the_browser(page, user, ask):
    response = page.get(f"/history/{ask(user).pk}/image")
    response.close()
    assert response["Cache-Control"] == "private, max-age=86400, immutable"
