"""Passkeys, with the authenticator that Chromium has for tests (WebAuthn's own API, over CDP)."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from accounts.models import Passkey
from tests.browser.guard import PageGuard

PASSWORD = "a long enough secret"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """A page with an authenticator plugged in."""

    def __init__(self, context: BrowserContext, **options: bool) -> None:
        self.page = context.new_page()
        self.cdp = context.new_cdp_session(self.page)
        self.cdp.send("WebAuthn.enable", {"enableUI": False})
        added = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE | options})
        self.id = {"authenticatorId": added["authenticatorId"]}

    def credentials(self) -> list[dict]:
        return self.cdp.send("WebAuthn.getCredentials", self.id)["credentials"]

    def set_verified(self, is_verified: bool) -> None:
        self.cdp.send("WebAuthn.setUserVerified", {**self.id, "isUserVerified": is_verified})

    def put(self, credential: dict) -> None:
        self.cdp.send("WebAuthn.addCredential", {**self.id, "credential": credential})


@pytest.fixture
def open_device(
    transactional_db: None, browser: Browser, site: str
) -> Iterator[Callable[..., Device]]:
    """Passkeys need a name, which an address is not: the site as `localhost`."""
    address = site.replace("127.0.0.1", "localhost")
    guard, contexts = PageGuard(address), []

    def open_device(**options: bool) -> Device:
        context = browser.new_context(base_url=address)
        contexts.append(context)
        guard.watch(context)
        return Device(context, **options)

    yield open_device
    for context in contexts:
        for page in context.pages:
            page.evaluate("0")
        context.close()
    guard.check()


@pytest.fixture
def person(make_user):
    return make_user("ada@example.com", password=PASSWORD)


def give_password(page: Page, path: str = "/accounts/login") -> None:
    page.goto(path)
    page.get_by_label("Email").fill("ada@example.com")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def add_passkey(page: Page, name: str = "laptop") -> None:
    give_password(page, "/accounts/login?next=/accounts")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name of the passkey").fill(name)
    page.get_by_role("button", name="Add a passkey").click()


@pytest.fixture
def device(open_device, person) -> Device:
    """With a passkey of Ada, who has signed out again."""
    device = open_device()
    add_passkey(device.page)
    expect(device.page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    device.page.get_by_role("button", name="Sign out").click()
    expect(device.page.get_by_label("Email")).to_be_visible()
    return device


def is_signed_in(page: Page) -> bool:
    page.goto("/history")
    return urlsplit(page.url).path == "/history"


def test_a_passkey_can_be_added_named_and_removed(open_device, person):
    device = open_device()
    page = device.page
    add_passkey(page, "blue key")
    codes = page.locator("#codes").inner_text().split()
    assert len(codes) == 10
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == "recovery-codes.txt"
    assert download.value.path().read_text().split() == codes
    page.get_by_role("link", name="I have saved them").click()
    row = page.get_by_role("row").filter(has_text="blue key")
    expect(row).to_contain_text("never")
    row.get_by_role("button", name="Remove blue key").click()
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("Code").fill(codes[0])
    page.get_by_role("button", name="Turn it off").click()
    expect(page.get_by_text("Two-factor sign-in is off.")).to_be_visible()
    assert not Passkey.objects.exists()


def test_a_passkey_works_as_the_second_step(device):
    page = device.page
    give_password(page, "/accounts/login?next=/history")
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    assert not is_signed_in(page)
    page.goto("/accounts/login/second-step")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/history")
    assert Passkey.objects.get().last_used_at is not None


def test_a_passkey_signs_in_without_a_password(device):
    page = device.page
    page.goto("/accounts/login?next=/history")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/history")


def test_signing_in_without_a_password_requires_user_verification(device):
    """Whoever finds a key has one factor; its PIN or the finger is the other."""
    page = device.page
    device.set_verified(False)
    page.goto("/accounts/login")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("Your device did not respond, or you cancelled.")).to_be_visible()
    assert not is_signed_in(page)


def test_another_persons_passkey_is_refused_as_the_second_step(open_device, person, make_user):
    """Eve knows Ada's password, and has her own device answer."""
    device = open_device()
    add_passkey(device.page)
    expect(device.page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    Passkey.objects.update(user=make_user("eve@example.com"))
    hers = bytes(Passkey.objects.get().credential)
    person.passkeys.create(name="laptop", credential_id=b"ada", credential=hers)
    page = device.page
    page.get_by_role("button", name="Sign out").click()
    give_password(page)
    expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    page.evaluate(
        """() => {
            const script = document.querySelector("#passkey-options");
            const { allowCredentials, ...others } = JSON.parse(script.textContent);
            script.textContent = JSON.stringify(others);
        }"""
    )
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("This passkey was not accepted.")).to_be_visible()
    assert not is_signed_in(page)


def test_a_replayed_passkey_response_is_refused(device):
    page = device.page
    give_password(page)
    sent = []
    page.on("request", lambda request: sent.append(request.post_data))
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/")
    [answer] = [data for data in sent if data and "credential=" in data]
    page.get_by_role("button", name="Sign out").click()
    Passkey.objects.update(sign_count=0)  # which would refuse it as well
    give_password(page)
    expect(page.get_by_role("button", name="Use a passkey")).to_be_visible()
    page.evaluate(
        """(answer) => {
            const form = document.querySelector("form[data-passkey]");
            form.elements.credential.value = new URLSearchParams(answer).get("credential");
            form.submit();
        }""",
        answer,
    )
    expect(page.get_by_text("This passkey was not accepted.")).to_be_visible()
    assert not is_signed_in(page)


def test_a_cloned_passkey_is_refused(device, open_device):
    """Both count how often they signed, and neither knows of the other."""
    copy = open_device()
    [credential] = device.credentials()
    copy.put(credential)
    for _ in range(2):
        give_password(device.page)
        device.page.get_by_role("button", name="Use a passkey").click()
        device.page.wait_for_url("**/")
        device.page.get_by_role("button", name="Sign out").click()
        expect(device.page.get_by_label("Email")).to_be_visible()
    give_password(copy.page)
    copy.page.get_by_role("button", name="Use a passkey").click()
    expect(copy.page.get_by_text("This passkey was not accepted.")).to_be_visible()
    assert not is_signed_in(copy.page)


def test_a_passkey_device_that_does_not_answer_is_reported_and_a_code_can_be_typed(device):
    page = device.page
    give_password(page)
    device.cdp.send("WebAuthn.removeVirtualAuthenticator", device.id)
    device.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_text("Your device did not respond, or you cancelled.")).to_be_visible()
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("Incorrect or already used code")).to_be_visible()


def test_a_browser_without_passkey_support_shows_an_explanation(browser_page, person):
    """As an address instead of a name: no page at 127.0.0.1 may use one."""
    page = browser_page
    page.add_init_script("delete window.PublicKeyCredential")
    give_password(page, "/accounts/login?next=/accounts/two-factor/passkey")
    expect(page.get_by_text("This browser cannot use passkeys here.")).to_be_visible()
    expect(page.get_by_role("button", name="Add a passkey")).to_be_hidden()
