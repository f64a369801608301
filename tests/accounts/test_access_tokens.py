import base64
import json
import time
from datetime import timedelta

import jwt
import pytest
from rest_framework_simplejwt.tokens import AccessToken

from accounts.services import issue_tokens


@pytest.fixture
def claims(user):
    """What a valid access token of the user says."""
    return AccessToken(issue_tokens(user).access).payload


def assert_refused(response):
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response["Content-Type"] == "application/json"
    assert list(response.json()) == ["detail", "code"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_scheme_is_read_in_any_case(user, get_me, scheme):
    assert get_me(f"{scheme} {issue_tokens(user).access}").status_code == 200


def test_a_missing_token_is_refused(client, db):
    assert_refused(client.get("/users/me"))


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer garbage",
        "Bearer a.b.c",
        "Bearer ...",
        "Bearer two words",
        "Bearer \xff\xfe.\xff.\xff",
        "Bearer " + "x" * 5000,
        "Basic YWRhOmhvcnNl",
        "Token abc",
    ],
)
def test_garbage_is_refused(get_me, db, authorization):
    assert_refused(get_me(authorization))


def test_expired_token_is_refused(user, get_me):
    token = AccessToken.for_user(user)
    token.set_exp(lifetime=timedelta(seconds=-1))

    assert_refused(get_me(f"Bearer {token}"))


def test_a_token_expires_after_its_lifetime(user, get_me):
    token = AccessToken.for_user(user)
    token.set_exp(lifetime=timedelta(seconds=2))  # or less: it says whole seconds
    assert get_me(f"Bearer {token}").status_code == 200
    time.sleep(2)

    assert_refused(get_me(f"Bearer {token}"))


def test_token_signed_with_another_key_is_refused(claims, get_me):
    forged = jwt.encode(claims, "another-key-" + "x" * 40, algorithm="HS256")

    assert_refused(get_me(f"Bearer {forged}"))


def test_token_signed_with_another_algorithm_is_refused(claims, get_me, settings):
    token = jwt.encode(claims, settings.SECRET_KEY, algorithm="HS384")

    assert_refused(get_me(f"Bearer {token}"))


def test_unsigned_token_is_refused(claims, get_me):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    assert_refused(get_me(f"Bearer {part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."))


def test_refresh_token_is_refused_as_access_token(user, get_me):
    assert_refused(get_me(f"Bearer {issue_tokens(user).refresh}"))


def test_changed_password_ends_access_tokens(user, get_me):
    before = issue_tokens(user)
    user.set_password("another horse")
    user.save()

    assert_refused(get_me(f"Bearer {before.access}"))
    assert get_me(f"Bearer {issue_tokens(user).access}").status_code == 200


def test_locked_user_is_refused(user, get_me):
    token = issue_tokens(user).access
    user.is_active = False
    user.save()

    assert_refused(get_me(f"Bearer {token}"))


def test_token_of_a_deleted_user_is_refused_even_if_the_email_is_registered_again(
    user, make_user, get_me
):
    token = issue_tokens(user).access
    user.delete()
    assert_refused(get_me(f"Bearer {token}"))

    make_user(user.email)
    assert_refused(get_me(f"Bearer {token}"))
