"""What becomes of a sign-in when somebody else has got one of its tokens."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
import requests
from django.db import connection
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts import families
from accounts.authentication import BEARER
from accounts.services import forget_expired, issue_tokens

pytestmark = pytest.mark.django_db(transaction=True)


class Somebody:
    """A program that holds a pair of tokens, or a thief with a copy of them."""

    def __init__(self, site, pair):
        self.site, self.pair = site, pair

    def copy(self):
        return Somebody(self.site, dict(self.pair))

    def refresh(self):
        answer = requests.post(
            f"{self.site}/login/refresh", json={"refresh_token": self.pair["refresh_token"]}
        )
        if answer.ok:
            self.pair = answer.json()
        return answer.status_code

    def authorised(self, method, path):
        bearer = {"Authorization": f"Bearer {self.pair['access_token']}"}
        return requests.request(method, self.site + path, headers=bearer).status_code

    def read(self):
        return self.authorised("GET", "/users/me")


@pytest.fixture
def victim(live_server, ada, password):
    answer = requests.post(
        f"{live_server}/login", data={"username": ada.email, "password": password}
    )
    return Somebody(live_server.url, answer.json())


def let_the_grace_pass():
    BlacklistedToken.objects.update(
        blacklisted_at=datetime.now(UTC) - families.GRACE - timedelta(seconds=1)
    )


def test_reuse_by_the_owner_revokes_the_tokens_of_a_thief(victim):
    thief = victim.copy()
    assert thief.refresh() == 200
    assert thief.refresh() == 200
    let_the_grace_pass()

    assert victim.refresh() == 401

    assert thief.read() == victim.read() == 401
    assert thief.refresh() == 401


def test_reuse_by_a_thief_revokes_the_whole_family(victim):
    thief = victim.copy()
    assert victim.refresh() == 200
    let_the_grace_pass()

    assert thief.refresh() == 401

    assert victim.read() == thief.read() == 401
    assert victim.refresh() == 401


def test_a_retry_within_the_grace_period_is_refused_without_revoking_the_family(victim):
    retry = victim.copy()
    assert victim.refresh() == 200

    assert retry.refresh() == 401

    assert victim.read() == 200
    assert victim.refresh() == 200


def test_signing_out_with_an_older_access_token_revokes_the_newest(victim):
    older = victim.copy()
    assert victim.refresh() == victim.refresh() == 200

    assert older.authorised("POST", "/logout") == 204

    assert victim.read() == older.read() == 401
    assert victim.refresh() == 401


def test_other_sign_ins_of_the_person_are_not_revoked(victim, ada):
    pair = issue_tokens(ada)
    elsewhere = Somebody(victim.site, {"access_token": pair.access, "refresh_token": pair.refresh})

    assert victim.authorised("POST", "/logout") == 204

    assert elsewhere.read() == elsewhere.refresh() == 200


def test_of_two_concurrent_refreshes_one_succeeds_and_the_family_stays_valid(victim):
    both, together = [victim, victim.copy()], Barrier(2)

    def refresh(somebody):
        together.wait()
        return somebody.refresh()

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(refresh, both)) == [200, 401]
    assert [somebody.read() for somebody in both] == [200, 200]
    [winner] = [somebody for somebody in both if somebody.refresh() == 200]
    assert winner.read() == 200


def pair_from_before_families(user):
    """As the releases before wrote them: the access token names its refresh token."""
    refresh, access = RefreshToken.for_user(user), AccessToken.for_user(user)
    OutstandingToken.objects.all().delete()  # for_user's, which those releases did not keep
    access["sid"] = refresh["jti"]
    assert families.CLAIM not in {**refresh.payload, **access.payload}
    return {"access_token": str(access), "refresh_token": str(refresh)}


def test_tokens_from_before_families_work_and_become_a_family(live_server, ada):
    victim = Somebody(live_server.url, pair_from_before_families(ada))
    thief = victim.copy()
    assert victim.read() == 200
    assert victim.refresh() == 200
    assert victim.read() == thief.read() == 200
    let_the_grace_pass()

    assert thief.refresh() == 401

    assert victim.read() == thief.read() == 401


def test_signing_out_with_a_token_from_before_families_revokes_its_successors(live_server, ada):
    newest = Somebody(live_server.url, pair_from_before_families(ada))
    older = newest.copy()
    assert newest.refresh() == 200

    assert older.authorised("POST", "/logout") == 204

    assert older.read() == newest.read() == newest.refresh() == 401


def test_an_access_token_that_was_signed_out_before_families_stays_refused(live_server, ada):
    signed_out = Somebody(live_server.url, pair_from_before_families(ada))
    access = AccessToken(signed_out.pair["access_token"])
    families.revoke(ada, access["jti"], datetime.fromtimestamp(access["exp"], UTC))

    assert signed_out.read() == 401


def test_a_revoked_family_stays_blacklisted_until_its_last_token_expires(ada):
    pair = issue_tokens(ada)
    refresh = RefreshToken(pair.refresh)
    families.end(ada, refresh)

    [entry] = OutstandingToken.objects.all()
    assert entry.expires_at > datetime.fromtimestamp(refresh["exp"], UTC)
    forget_expired()
    assert families.has_ended(refresh)
    OutstandingToken.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    forget_expired()
    assert not BlacklistedToken.objects.exists()


def test_authentication_uses_only_indexes(ada):
    many = OutstandingToken.objects.bulk_create(
        OutstandingToken(jti=f"token {n}", expires_at=datetime.now(UTC)) for n in range(5000)
    )
    BlacklistedToken.objects.bulk_create(BlacklistedToken(token=token) for token in many)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute(
            "EXPLAIN " + BEARER,
            {"email": ada.email, "token_id": "token 1", "family": "family:1"},
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "Seq Scan on token_blacklist" not in plan, plan
    assert plan.count("Index") >= 2, plan
