"""Mails wait in the database until a mail server has taken them."""

import re
import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from django.test import RequestFactory
from django.utils import timezone

from accounts import outbox
from accounts.models import OutgoingMail
from tests.mailbox import Mailbox

RESET = "/accounts/password-reset"
KIND = OutgoingMail.Kind.PASSWORD_RESET


@pytest.fixture
def mail_server(settings):
    mailbox = Mailbox()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mailbox.port
    settings.EMAIL_USE_TLS = False
    yield mailbox
    mailbox.stop()


def put(email="ada@example.com"):
    outbox.put(KIND, email, RequestFactory().get("/"))


def test_a_mail_leaves_the_outbox_once_the_server_has_taken_it(ada, mail_server):
    put()

    assert outbox.send_next()

    [mail] = mail_server.mails
    assert mail.rcpt_tos == [ada.email]
    assert not OutgoingMail.objects.exists()
    assert not outbox.send_next()


def test_mails_are_kept_while_the_server_is_down(client, ada, mail_server, log_lines):
    mail_server.stop()
    answer = client.post(RESET, {"email": ada.email})
    assert answer["Location"] == f"{RESET}/sent"

    assert not outbox.send_next()

    waiting = OutgoingMail.objects.get()
    assert timedelta(0) < waiting.due_at - timezone.now() <= outbox.FIRST_RETRY
    assert "next attempt in 15 seconds" in str(log_lines())
    assert not outbox.send_next()  # too soon
    mail_server.start()
    OutgoingMail.objects.update(due_at=timezone.now())
    assert outbox.send_next()
    assert len(mail_server.mails) == 1


def test_retry_delays_grow_up_to_a_quarter_of_an_hour(ada, mail_server):
    mail_server.refusals = 10
    put()
    pauses = []
    for _ in range(10):
        OutgoingMail.objects.update(due_at=timezone.now())
        outbox.send_next()
        pauses.append(round((OutgoingMail.objects.get().due_at - timezone.now()).total_seconds()))

    assert pauses == [15, 30, 60, 120, 240, 480, 900, 900, 900, 900]


def test_a_mail_is_dropped_and_logged_after_a_day(ada, mail_server, caplog):
    mail_server.refusals = 1
    put()
    OutgoingMail.objects.update(created_at=timezone.now() - timedelta(days=1, seconds=1))

    outbox.send_next()

    assert "could not be sent for a day" in caplog.text
    assert not OutgoingMail.objects.exists()


def test_a_failing_mail_does_not_block_the_others(ada, make_user, mail_server):
    make_user("grace@example.com", password="correct horse")
    mail_server.refusals = 1
    put("ada@example.com")
    put("grace@example.com")

    assert not outbox.send_next()
    assert outbox.send_next()

    assert [mail.rcpt_tos for mail in mail_server.mails] == [["grace@example.com"]]


@pytest.mark.parametrize("change", [{"is_active": False}, {"password": "!"}])
def test_locked_people_and_those_without_a_password_get_no_mail(ada, mail_server, change):
    type(ada).objects.update(**change)
    put()

    assert outbox.send_next()
    assert mail_server.mails == []


def test_a_second_request_does_not_queue_a_second_mail(ada):
    put()
    put("ADA@example.com")

    assert OutgoingMail.objects.count() == 1


def test_the_database_contains_no_usable_reset_link(client, ada):
    client.post(RESET, {"email": ada.email})

    [row] = OutgoingMail.objects.values()
    assert row["site"] == "http://testserver"
    assert set(row) == {
        "id", "kind", "email", "site", "language", "attempts", "created_at", "due_at"
    }  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_mail_is_sent_by_one_sender_without_blocking_requests(ada, mail_server):
    put()
    with transaction.atomic():
        OutgoingMail.objects.select_for_update().get()  # as one that talks to a mail server
        answers = []

        def others():
            with connection.cursor() as cursor:
                cursor.execute("SET statement_timeout TO '5s'")
            answers.append(outbox.send_next())
            put()
            answers.append("not held up")
            connections.close_all()

        other = threading.Thread(target=others)
        other.start()
        other.join(20)

    assert answers == [False, "not held up"]
    assert mail_server.mails == []


def test_known_and_unknown_emails_run_the_same_statements(client, ada, captured_statements):
    known = captured_statements(lambda: client.post(RESET, {"email": ada.email}))
    unknown = captured_statements(lambda: client.post(RESET, {"email": "bob@example.com"}))

    assert len(known) == len(unknown) == 1
    assert [re.sub(r"'[^']*'", "?", sql) for sql in known] == [
        re.sub(r"'[^']*'", "?", sql) for sql in unknown
    ]


@pytest.fixture
def captured_statements(django_assert_max_num_queries):
    def capture(act):
        with django_assert_max_num_queries(10) as captured:
            act()
        return [query["sql"] for query in captured]

    return capture
