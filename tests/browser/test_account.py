"""The account pages: hints while typing, showing a password, copying a token."""

from playwright.sync_api import expect

from accounts.models import ApiToken


def test_an_invalid_email_shows_a_hint_until_it_is_corrected(browser_page):
    page = browser_page
    page.goto("/accounts/signup")
    page.get_by_label("Email").fill("ada@example")
    expect(page.get_by_text("Enter a valid email address.")).to_be_visible()
    expect(page.get_by_label("Email")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Email").fill("ada@example.com")
    expect(page.get_by_text("Enter a valid email address.")).to_have_count(0)


def test_the_show_button_reveals_and_hides_the_password(browser_page):
    page = browser_page
    page.goto("/accounts/login")
    field = page.locator("input[name=password]")
    field.fill("secret")
    page.get_by_role("button", name="Show").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Show").click()
    expect(field).to_have_attribute("type", "password")


def test_a_new_token_can_be_copied_and_revoked(open_browser, user):
    page = open_browser(user, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/accounts")
    page.get_by_label("Name of the new token").fill("backup")
    page.get_by_role("button", name="Create a token").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("ic_")
    page.goto("/accounts")
    expect(page.get_by_text(copied)).to_have_count(0)
    page.get_by_role("button", name="Revoke backup").click()
    expect(page.get_by_text("You have no tokens.")).to_be_visible()
    assert not ApiToken.objects.exists()


def test_users_can_export_their_data_and_delete_their_account(open_browser, make_user, ask):
    user = make_user()
    user.set_password("a long enough secret")
    user.save()
    ask(user)
    page = open_browser(user, accept_downloads=True)
    page.goto("/accounts")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all your data").click()
    assert download.value.suggested_filename.endswith(".zip")
    page.get_by_role("link", name="Delete my account").click()
    page.locator("input[name=current_password], input[type=password]").first.fill(
        "a long enough secret"
    )
    page.get_by_role("main").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="Sign up").first).to_be_visible()
    assert not type(user).objects.exists()
