"""What browsers are told to refuse, on every page."""

import pytest

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "font-src 'self'",
}


@pytest.mark.parametrize("path", ["/", "/accounts/login", "/accounts/nothing", "/health/live"])
def test_the_policy_allows_no_inline_code_and_no_other_hosts(client, db, path):
    policy = client.get(path)["Content-Security-Policy"]
    assert set(policy.split("; ")) == POLICY


@pytest.mark.parametrize("path", ["/", "/accounts/login", "/accounts/nothing", "/health/live"])
def test_the_policy_denies_camera_microphone_and_location(client, db, path):
    policy = set(client.get(path)["Permissions-Policy"].split(", "))
    assert policy >= {"camera=()", "microphone=()", "geolocation=()", "payment=()", "usb=()"}
    # Passkeys and the buttons that copy need these.
    assert not any(part.startswith(("publickey-", "clipboard-")) for part in policy)


def test_served_pictures_cannot_run_scripts(page, user, ask):
    response = page.get(f"/history/{ask(user).pk}/image")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_no_template_has_inline_code():
    from classifier_site.settings import BASE_DIR

    for template in (BASE_DIR / "templates").rglob("*.html"):
        if template.name == "redoc.html":  # has a policy of its own, see docs.py
            continue
        html = template.read_text()
        assert "style=" not in html and "<style" not in html, template
        assert " onclick" not in html and "<script>" not in html, template
