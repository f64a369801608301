"""One address is one account, however it is typed."""

import re

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import IntegrityError, connection
from django.db.migrations.executor import MigrationExecutor
from django.test import RequestFactory

from accounts import outbox
from accounts.email_addresses import normalise
from accounts.models import OutgoingMail, User

UNICODE, ASCII = "rea@bücher.example", "rea@xn--bcher-kva.example"
PAIRS = [
    (UNICODE, ASCII),
    ("Rea@BÜCHER.example", ASCII),
    ("rea@bu\u0308cher.example", ASCII),
    ("reb@example.org\u202c", "reb@example.org"),
    ("\u200ereb@example.org", "reb@example.org"),
    ("re\u00adb@exam\u200bple.org", "reb@example.org"),
    ("reb@exam\u200cple.org", "reb@example.org"),
    ("ｒｅｂ＠ｅｘａｍｐｌｅ．ｏｒｇ", "reb@example.org"),
    ("rea@straße.example", "rea@xn--strae-oqa.example"),
    ("rea@i❤️.example", "rea@xn--i-7iq.example"),  # as Chromium writes it
]


@pytest.fixture
def older(db):
    """An account as it was stored before one address was one account."""

    def older(email, password, **fields):
        user = User.objects.create_user(f"older{User.objects.count()}@example.org", password)
        User.objects.filter(pk=user.pk).update(email=email, **fields)
        return User.objects.get(pk=user.pk)

    return older


@pytest.mark.parametrize(("typed", "usual"), PAIRS)
def test_every_spelling_signs_up_in_and_over_the_api_as_one(anonymous, db, login, typed, usual):
    fields = {"email": typed, "username": "Rea", "password": "correct horse"}
    assert anonymous.post("/users", fields).json()["email"] == usual
    assert anonymous.post("/users", fields | {"email": usual}).status_code == 400
    for email in (typed, usual):
        assert login(email).status_code == 200


@pytest.mark.parametrize(("typed", "usual"), PAIRS)
def test_every_spelling_signs_up_and_in_on_the_pages(client, db, typed, usual):
    fields = {"email": typed, "password": "correct horse"}
    assert client.post("/accounts/signup", fields).status_code == 302
    assert User.objects.get().email == usual
    for email in (typed, usual):
        client.logout()
        page = client.post("/accounts/login", {"username": email, "password": "correct horse"})
        assert page.status_code == 302, email


def test_sign_up_and_sign_in_ask_for_the_email_with_the_same_kind_of_field(client, db):
    kinds = {
        re.search(rf'<input type="(\w+)" name="{name}"', client.get(path).content.decode())[1]
        for path, name in (
            ("/accounts/signup", "email"),
            ("/accounts/login", "username"),
            ("/accounts/password-reset", "email"),
        )
    }
    assert kinds == {"email"}


def test_a_domain_that_needs_a_joiner_keeps_it():
    """ZERO WIDTH NON-JOINER after a virama: RFC 5892, appendix A.1."""
    assert normalise("a@क्\u200cष.example") != normalise("a@क्ष.example")


@pytest.mark.parametrize(
    "email", ["a@b@c\u202c", "a@-\u00fc-.example", "a@-☕.example", "ü", "a@\ud800.example", ""]
)
def test_what_is_no_email_is_not_made_one(email):
    assert normalise(normalise(email)) == normalise(email)


def test_a_changed_email_is_taken_in_every_spelling(api, page, user, make_user, client):
    make_user(ASCII)
    user.set_password("correct horse")
    user.save()
    page.force_login(user)
    said = {"email": UNICODE, "current_password": "correct horse"}
    assert "already registered" in page.post("/accounts/email", said).content.decode()
    assert User.objects.get(pk=user.pk).email == "ada@example.com"


def test_the_admin_refuses_a_taken_email_in_every_spelling(page_for, staff, make_user):
    make_user(ASCII)
    form = {"email": UNICODE, "password1": "correct horse", "password2": "correct horse"}
    answer = page_for(staff).post("/admin/accounts/user/add/", form)
    assert answer.status_code == 200
    assert "already registered" in answer.content.decode()


def test_a_reset_mail_reaches_the_mailbox_in_every_spelling(client, make_user):
    make_user("reb@example.org", password="correct horse")
    client.post("/accounts/password-reset", {"email": "reb@example.org\u202c"})
    assert outbox.send_next()
    assert mail.outbox[0].to == ["reb@example.org"]


def test_accounts_that_share_a_mailbox_both_sign_in(older, make_user, login, client):
    first, second = older(UNICODE, "the older horse"), make_user(ASCII, password="correct horse")
    for email in (UNICODE, ASCII):
        for password, person in (("the older horse", first), ("correct horse", second)):
            token = login(email, password).json()["access_token"]
            me = client.get("/users/me", headers={"Authorization": f"Bearer {token}"}).json()
            assert me["id"] == person.pk
    assert login(UNICODE, "a wrong horse").status_code == 401


def test_accounts_that_share_a_mailbox_can_be_changed_but_not_joined_by_a_third(
    older, make_user, anonymous
):
    first, second = older("reb@example.org\u202c", "the older horse"), make_user("reb@example.org")
    first.username = "Changed"
    first.full_clean()
    first.save()
    assert User.objects.get(pk=first.pk).email == "reb@example.org\u202c"
    second.delete()
    fields = {"email": "reb@example.org", "username": "Third", "password": "correct horse"}
    assert anonymous.post("/users", fields).status_code == 400


def test_accounts_that_share_a_mailbox_each_get_a_mail(older, make_user):
    older("reb@example.org\u202c", "the older horse")
    make_user("reb@example.org", password="correct horse")
    kind = OutgoingMail.Kind.PASSWORD_RESET
    outbox.put(kind, "reb@example.org", RequestFactory().get("/"))
    outbox.send_next()
    assert [each.to for each in mail.outbox] == [["reb@example.org"]] * 2
    assert mail.outbox[0].body != mail.outbox[1].body


def test_the_check_names_accounts_that_share_a_mailbox(older, make_user, capsys):
    call_command("check", databases=["default"])
    assert "W001" not in capsys.readouterr().err
    first, second = older(UNICODE, "the older horse"), make_user(ASCII)
    older("alone@bücher.example", "the older horse")
    call_command("check", databases=["default"])
    said = capsys.readouterr().err
    assert f"2 accounts share the mailbox {ASCII}: their ids are {first.pk}, {second.pk}." in said
    assert said.count("W001") == 1


def test_an_upgrade_spells_older_emails_in_the_usual_way(older, make_user):
    alone = older("alone@bücher.example", "the older horse")
    shared, usual = older(UNICODE, "the older horse"), make_user(ASCII)
    module = __import__(
        "accounts.migrations.0012_one_spelling_of_an_email", fromlist=["spell_the_same"]
    )
    state = MigrationExecutor(connection).loader.project_state()
    module.spell_the_same(state.apps, None)
    emails = {pk: User.objects.get(pk=pk).email for pk in (alone.pk, shared.pk, usual.pk)}
    assert emails == {alone.pk: "alone@xn--bcher-kva.example", shared.pk: UNICODE, usual.pk: ASCII}


def test_the_database_refuses_two_accounts_of_one_spelling(make_user):
    make_user(ASCII)
    with pytest.raises(IntegrityError):
        make_user(UNICODE)
