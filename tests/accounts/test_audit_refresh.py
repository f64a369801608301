"""A refresh token that is used twice is worth an administrator's look."""

from datetime import timedelta

from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken

from accounts.audit import Action


def refresh(client, token):
    return client.post("/login/refresh", {"refresh_token": token}, content_type="application/json")


def test_reuse_of_a_refresh_token_is_recorded_and_a_retry_is_not(client, login, ada, logged):
    token = login().json()["refresh_token"]
    assert refresh(client, token).status_code == 200
    assert refresh(client, token).status_code == 401  # as one that was sent twice in parallel
    assert logged(Action.REFRESH_TOKEN_REUSED) == []

    BlacklistedToken.objects.update(blacklisted_at=timezone.now() - timedelta(minutes=1))
    for _ in range(2):
        assert refresh(client, token).status_code == 401
    [event] = logged(Action.REFRESH_TOKEN_REUSED)
    assert (event.actor_id, event.target_id) == (None, str(ada.pk))
    assert event.address == "127.0.0.1"
