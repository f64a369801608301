import pytest

from accounts.services import issue_tokens


@pytest.mark.parametrize("path", ["/logout", "/logout/"])
def test_logout_ends_the_access_token_and_its_refresh_token(anonymous, user, get_me, path):
    tokens = issue_tokens(user)
    authorization = f"Bearer {tokens.access}"

    response = anonymous.post(path, headers={"Authorization": authorization})

    assert response.status_code == 204
    assert response.content == b""
    assert get_me(authorization).status_code == 401
    refresh = anonymous.post("/login/refresh", {"refresh_token": tokens.refresh})
    assert refresh.status_code == 401


def test_other_devices_stay_signed_in(api, user, get_me):
    elsewhere = issue_tokens(user)

    assert api.post("/logout").status_code == 204
    assert get_me(f"Bearer {elsewhere.access}").status_code == 200


def test_logout_requires_a_token(anonymous, db):
    response = anonymous.post("/logout")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
