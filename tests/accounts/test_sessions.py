"""The list of where somebody is signed in, and the end of each."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import ApiSignIn, AuditEvent, Session
from accounts.services import forget_expired
from tests.accounts.conftest import PASSWORD

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def sign_in(ada):
    """A browser in which the form of the page was sent."""

    def sign_in(user_agent=FIREFOX, address="192.0.2.1", user=ada):
        browser = Client(HTTP_USER_AGENT=user_agent, REMOTE_ADDR=address)
        form = {"username": user.email, "password": PASSWORD}
        assert browser.post("/accounts/login", form).status_code == 302
        return browser

    return sign_in


def rows(browser):
    """Cells of the list, without their markup."""
    page = browser.get("/accounts").content.decode()
    section = page.partition('id="sessions"')[2].partition("</section>")[0]
    found = re.findall(r"<tr>(.*?)</tr>", section, re.DOTALL)[1:]
    strip = lambda cell: " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())  # noqa: E731
    return [[strip(c) for c in re.findall(r"<t[hd].*?</t[hd]>", r, re.DOTALL)] for r in found]


def names(browser):
    return re.findall(
        r'name="name" value="([0-9a-f]{64})"', browser.get("/accounts").content.decode()
    )


def is_signed_in(browser):
    return browser.get("/history").status_code == 200


def test_the_list_shows_device_and_address(sign_in):
    sign_in(SAFARI, "2001:db8::7")
    here = sign_in()
    first, second = rows(here)
    assert first[:2] == ["Firefox, Windows", "192.0.2.1"] and first[-1] == "This device"
    assert second[:2] == ["Safari, iPhone", "2001:db8::7"] and second[-1] == "Sign out"


def test_the_list_shows_only_ones_own_devices(sign_in, make_user):
    sign_in(user=make_user("eve@example.com", password=PASSWORD))
    assert len(rows(sign_in())) == 1


def test_the_key_of_a_session_is_not_on_the_page(sign_in):
    there, here = sign_in(), sign_in()
    page = here.get("/accounts").content.decode()
    assert there.session.session_key not in page and here.session.session_key not in page


def test_a_device_can_be_signed_out(sign_in):
    there, here = sign_in(SAFARI), sign_in()
    [name] = names(here)
    assert here.post("/accounts/sessions/end", {"name": name})["Location"] == "/accounts#sessions"
    assert not is_signed_in(there)
    assert is_signed_in(here)


def test_devices_of_others_cannot_be_signed_out(sign_in, make_user):
    eve = make_user("eve@example.com", password=PASSWORD)
    hers, other = sign_in(user=eve), sign_in(user=eve)
    [name] = names(other)
    sign_in().post("/accounts/sessions/end", {"name": name})
    assert is_signed_in(hers)


def test_signing_out_everywhere_else_ends_browsers_and_programs(sign_in, anonymous, ada, get_me):
    there, here = sign_in(SAFARI), sign_in()
    login = anonymous.post("/login", {"username": ada.email, "password": PASSWORD}).json()
    here.post("/accounts/sessions/end-others")
    assert not is_signed_in(there)
    assert get_me(f"Bearer {login['access_token']}").status_code == 401
    refreshed = anonymous.post("/login/refresh", {"refresh_token": login["refresh_token"]})
    assert refreshed.status_code == 401
    assert is_signed_in(here)
    assert len(rows(here)) == 1


def test_a_program_is_listed_until_it_signs_out(sign_in, anonymous, ada, client):
    here = sign_in()
    credentials = {"username": ada.email, "password": PASSWORD}
    pair = anonymous.post("/login", credentials, headers={"User-Agent": "curl/8.1"}).json()
    assert ["curl through the API", "127.0.0.1"] in [row[:2] for row in rows(here)]
    pair = anonymous.post("/login/refresh", {"refresh_token": pair["refresh_token"]}).json()
    assert len(rows(here)) == 2  # still one program
    client.post("/logout", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert len(rows(here)) == 1


def test_signing_out_a_program_revokes_all_its_tokens(sign_in, anonymous, ada, get_me):
    here = sign_in()
    pair = anonymous.post("/login", {"username": ada.email, "password": PASSWORD}).json()
    new = anonymous.post("/login/refresh", {"refresh_token": pair["refresh_token"]}).json()
    [name] = names(here)
    here.post("/accounts/sessions/end", {"name": name})
    for token in (pair, new):
        assert get_me(f"Bearer {token['access_token']}").status_code == 401


def test_this_device_stays_listed_after_a_new_password(sign_in):
    there, here = sign_in(SAFARI), sign_in()
    form = {"current_password": PASSWORD, "new_password": "battery staple"}
    here.post("/accounts/password", form)
    assert not is_signed_in(there)
    assert ["Firefox, Windows", "192.0.2.1"] in [row[:2] for row in rows(here)]


def test_last_seen_is_written_once_an_hour(sign_in, django_assert_num_queries):
    here = sign_in()
    Session.objects.update(seen_at=timezone.now() - timedelta(minutes=61))
    # The session, when it was seen, the user, the classifiers, page and count.
    with django_assert_num_queries(6):
        here.get("/history")
    assert timezone.now() - Session.objects.get().seen_at < timedelta(minutes=1)
    with django_assert_num_queries(5):
        here.get("/history")


def test_signing_out_removes_the_device_from_the_list(sign_in):
    there, here = sign_in(SAFARI), sign_in()
    there.post("/accounts/logout")
    assert len(rows(here)) == 1


def test_sign_ins_of_programs_are_deleted_when_their_tokens_expire(anonymous, ada):
    anonymous.post("/login", {"username": ada.email, "password": PASSWORD})
    forget_expired()
    assert ApiSignIn.objects.exists()
    ApiSignIn.objects.update(seen_at=timezone.now() - timedelta(days=15))
    forget_expired()
    assert not ApiSignIn.objects.exists()


def test_signing_out_a_device_is_recorded_in_the_audit_log(sign_in):
    sign_in(SAFARI)
    here = sign_in()
    here.post("/accounts/sessions/end-others")
    [event] = AuditEvent.objects.filter(action="sessions_ended")
    assert (event.address, event.detail) == ("192.0.2.1", {"count": 1})


def test_a_get_does_not_sign_out_a_device(sign_in):
    there, here = sign_in(SAFARI), sign_in()
    assert here.get("/accounts/sessions/end-others")["Location"] == "/accounts#sessions"
    assert is_signed_in(there)


def test_unusual_user_agents_are_accepted(sign_in):
    assert rows(sign_in("\0 <b>" + "x" * 500))[0][0] != ""
    assert rows(sign_in(""))[0][0] == "Unknown device"
