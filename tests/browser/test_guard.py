"""The page guard, on which all tests of this folder rely, misses no error on a page."""

import pytest
from django.conf import settings

from tests.browser.axe import axe

POLICY = "; ".join(
    f"{name} {' '.join(values)}"
    for name, values in settings.CONTENT_SECURITY_POLICY["DIRECTIVES"].items()
)


def show(page, body, **headers):
    """A page of the site that has this body."""
    html = f"<!doctype html><title>Wrong</title>{body}"
    page.route("**/wrong", lambda route: route.fulfill(body=html, headers=headers))
    page.goto("/wrong", wait_until="networkidle")


def complaint(page_guard):
    with pytest.raises(AssertionError) as failure:
        page_guard.check()
    page_guard.complaints.clear()  # this test is content
    return str(failure.value)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<script>console.error('no')</script>", "console error: no"),
        ("<script>console.warn('no')</script>", "console warning: no"),
        ("<script>setTimeout(() => nothing.here)</script>", "nothing is not defined"),
        ("<script>Promise.reject(new Error('no'))</script>", "uncaught: no"),
        ("<script>fetch('/nothing')</script>", "status 404"),
        ("<img src='http://127.0.0.1:1/x.png' alt=''>", "another origin: http://127.0.0.1:1/x.png"),
    ],
)
def test_the_guard_reports_whatever_goes_wrong_on_a_page(browser_page, page_guard, body, expected):
    show(browser_page, body)
    assert expected in complaint(page_guard)


@pytest.mark.parametrize(
    ("body", "directive"),
    [
        ("<script>1</script>", "script-src-elem forbids inline"),
        ("<p style='color: red'>x</p>", "style-src-attr forbids inline"),
        ("<img src='http://127.0.0.1:1/x.png' alt=''>", "img-src forbids http://127.0.0.1:1"),
    ],
)
def test_the_guard_reports_violations_of_the_content_security_policy(
    browser_page, page_guard, body, directive
):
    show(browser_page, body, **{"Content-Security-Policy": POLICY})
    assert directive in complaint(page_guard)


def test_the_guard_reports_policy_violations_without_javascript(open_browser, page_guard):
    page = open_browser(java_script_enabled=False)
    show(page, "<p style='color: red'>x</p>", **{"Content-Security-Policy": POLICY})
    assert "Content Security Policy" in complaint(page_guard)


def test_the_guard_watches_every_tab(browser_page, page_guard):
    with browser_page.expect_popup() as popup:
        show(browser_page, "<script>open('/nothing')</script>")
    popup.value.wait_for_load_state()
    assert "status 404" in complaint(page_guard)


def test_the_guard_accepts_a_status_that_the_test_expects(browser_page, page_guard):
    page_guard.expect(404)
    assert browser_page.goto("/nothing").status == 404
    page_guard.check()


def test_the_guard_ignores_data_and_blob_pictures(browser_page, page_guard):
    data = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA="
    script = "<script>document.images[0].src = URL.createObjectURL(new Blob())</script>"
    show(browser_page, f"<img alt='' src='{data}'><img alt=''>{script}")
    page_guard.check()


def test_axe_runs_under_the_content_security_policy(browser_page):
    body = "<main><h1>Wrong</h1><img src='/static/x.png'></main>"
    browser_page.route("**/x.png", lambda route: route.fulfill(body="", content_type="image/png"))
    show(browser_page, body, **{"Content-Security-Policy": POLICY})
    with pytest.raises(AssertionError) as failure:
        axe(browser_page)
    assert "html-has-lang (<html> element must have a lang attribute): html" in str(failure.value)
    assert "image-alt (Images must have alternative text): img" in str(failure.value)


def test_open_browser_signs_the_given_user_in(open_browser, user):
    assert open_browser(user).goto("/history").url.endswith("/history")
    assert "/accounts/login" in open_browser().goto("/history").url
