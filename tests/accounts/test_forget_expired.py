from datetime import UTC, datetime, timedelta

import pytest
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.families import revoke
from accounts.models import Session
from accounts.services import forget_expired

pytestmark = pytest.mark.django_db


def test_only_expired_tokens_are_deleted(user):
    now = datetime.now(UTC)
    revoke(user, "expired", now - timedelta(seconds=1))
    revoke(user, "alive", now + timedelta(minutes=1))
    forget_expired()
    assert [token.jti for token in OutstandingToken.objects.all()] == ["alive"]


def test_expired_sessions_are_deleted(client, user):
    for seconds in (-1, 60):
        client.force_login(user)
        session = client.session
        session.set_expiry(seconds)
        session.save()
        client.cookies.clear()
    forget_expired()
    (kept,) = Session.objects.all()
    assert kept.session_key == session.session_key
