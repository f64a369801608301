from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import RefreshToken

from accounts.services import issue_tokens


@pytest.fixture
def refresh(anonymous):
    return lambda token: anonymous.post("/login/refresh", {"refresh_token": token})


def assert_refused(response):
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert "Sign in again" in response.json()["detail"]


def test_refresh_token_is_exchanged_for_a_working_pair(user, refresh, get_me):
    first = refresh(issue_tokens(user).refresh)
    assert first.status_code == 200
    assert first.json()["token_type"] == "bearer"
    assert first["Cache-Control"] == "no-store"
    assert get_me(f"Bearer {first.json()['access_token']}").status_code == 200

    assert refresh(first.json()["refresh_token"]).status_code == 200


def test_used_refresh_token_is_refused(user, refresh):
    token = issue_tokens(user).refresh
    assert refresh(token).status_code == 200

    assert_refused(refresh(token))


def test_of_two_concurrent_refreshes_one_succeeds(transactional_db, user):
    token = issue_tokens(user).refresh
    both_are_here = Barrier(2)

    def post(_):
        both_are_here.wait()
        try:
            return APIClient().post("/login/refresh", {"refresh_token": token}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(post, range(2))) == [200, 401]


def test_expired_refresh_token_is_refused(user, refresh):
    token = RefreshToken.for_user(user)
    token.set_exp(lifetime=timedelta(seconds=-1))

    assert_refused(refresh(str(token)))


def test_access_token_is_refused_as_refresh_token(user, refresh):
    assert_refused(refresh(issue_tokens(user).access))


def test_garbage_is_refused(db, refresh):
    assert_refused(refresh("garbage"))


def test_changed_password_ends_refresh_tokens(user, refresh):
    token = issue_tokens(user).refresh
    user.set_password("another horse")
    user.save()

    assert_refused(refresh(token))


def test_locked_user_gets_no_new_pair(user, refresh):
    token = issue_tokens(user).refresh
    user.is_active = False
    user.save()

    assert_refused(refresh(token))


def test_deleted_user_gets_no_new_pair(user, refresh):
    token = issue_tokens(user).refresh
    user.delete()

    assert_refused(refresh(token))


def test_missing_token_is_named(anonymous, db):
    response = anonymous.post("/login/refresh/", {})

    assert response.status_code == 400
    assert response.json() == {"refresh_token": ["This field is required."]}
