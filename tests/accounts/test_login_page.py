import pytest


@pytest.fixture
def login_page(client, ada, password):
    """Sends the form of the page, with these fields changed."""
    form = {"username": ada.email, "password": password}
    return lambda **fields: client.post("/accounts/login", form | fields)


def is_signed_in(client):
    return client.get("/history").status_code == 200


@pytest.mark.parametrize("path", ["/accounts", "/history", "/history/"])
def test_pages_redirect_to_sign_in_and_back(client, db, path):
    response = client.get(path)

    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login?next={path}"


def test_email_is_case_insensitive(client, login_page):
    response = login_page(username="ADA@Example.com")

    assert response["Location"] == "/"
    assert is_signed_in(client)


def test_wrong_password_and_unknown_email_get_the_same_page(client, login_page):
    for fields in ({"password": "wrong horse"}, {"username": "nobody@example.com"}):
        response = login_page(**fields)

        assert response.status_code == 200
        assert "Incorrect email or password." in response.content.decode()
        assert not is_signed_in(client)


def test_locked_account_gets_the_page_of_a_wrong_password(client, ada, login_page):
    ada.is_active = False
    ada.save()

    assert "Incorrect email or password." in login_page().content.decode()


def test_signing_in_redirects_to_next(login_page):
    assert login_page(next="/history")["Location"] == "/history"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"],
)
def test_next_cannot_redirect_to_another_site(login_page, elsewhere):
    assert login_page(next=elsewhere)["Location"] == "/"


def test_signed_in_people_are_redirected_from_the_sign_in_page(page):
    assert page.get("/accounts/login")["Location"] == "/"


def test_sign_out_is_a_button_that_ends_the_session(client, login_page):
    login_page()
    assert 'action="/accounts/logout"' in client.get("/").content.decode()

    assert client.post("/accounts/logout")["Location"] == "/accounts/login"
    assert not is_signed_in(client)


def test_a_get_does_not_sign_out(client, login_page):
    login_page()

    assert client.get("/accounts/logout")["Location"] == "/"
    assert is_signed_in(client)


def test_the_session_cookie_is_http_only_and_same_site(client, login_page):
    cookie = login_page().cookies["sessionid"]

    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
