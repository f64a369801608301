"""`doctor` finds a mail server that does not take what is sent."""

import smtplib

import pytest

from accounts.models import OutgoingMail
from classifier_site.operations.doctor import (
    mail,
)
from classifier_site.operations.doctor.findings import Severity
from tests.mailbox import Mailbox
from tests.operations.doctor.finding import one
from tests.ports import free_port

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox(settings):
    settings.EMAIL_HOST, settings.EMAIL_USE_TLS = "127.0.0.1", False
    mailbox = Mailbox()
    settings.EMAIL_PORT = mailbox.port
    yield mailbox
    mailbox.stop()


def test_a_mail_server_that_takes_mails_is_sent_none(mailbox):
    assert list(mail.server()) == []
    assert mailbox.mails == []


def test_a_mail_server_that_refuses_the_sender(mailbox):
    async def handle_mail(server, session, envelope, address, options):
        return f"550 {address} is nobody's"

    mailbox.handle_MAIL = handle_mail
    mailbox.stop()
    mailbox.start()
    found = one(mail.server, "refuses the sender", "550")
    assert "DEFAULT_FROM_EMAIL" in found.do


def test_a_mail_server_that_refuses_the_password(mailbox, settings, monkeypatch):
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "ada", "hush-hush"

    def refuse(*_arguments, **_options):
        raise smtplib.SMTPAuthenticationError(535, b"No such user or password hush-hush")

    monkeypatch.setattr(smtplib.SMTP, "login", refuse)
    found = one(mail.server, "refuses user and password (535)")
    assert "hush-hush" not in found.says + found.do


def test_a_mail_server_that_is_not_there(settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    one(mail.server, f"127.0.0.1:{settings.EMAIL_PORT} cannot be used")


def test_mails_that_cannot_be_sent():
    OutgoingMail.objects.create(
        kind="password_reset", email="ada@example.com", site="", language="", attempts=3
    )
    one(mail.outbox, "1 mails could not be sent", severity=Severity.WARNING)
