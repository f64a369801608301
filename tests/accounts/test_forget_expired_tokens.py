from datetime import UTC, datetime

import pytest
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.services import forget_expired_tokens, revoke

pytestmark = pytest.mark.django_db


def test_only_expired_ones_are_forgotten(user):
    now = int(datetime.now(UTC).timestamp())
    revoke(user, "expired", now - 1)
    revoke(user, "alive", now + 60)
    forget_expired_tokens()
    assert [token.jti for token in OutstandingToken.objects.all()] == ["alive"]
