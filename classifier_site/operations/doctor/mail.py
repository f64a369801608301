"""Mail: does the server take what we would send, and has it."""

import smtplib
from collections.abc import Iterator

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend
from django.db.models import Count, Min

from accounts.models import OutgoingMail
from classifier_site.operations.doctor.findings import (
    Check,
    Finding,
    note,
    problem,
    reason,
    warning,
)

SECONDS = 5


def server() -> Iterator[Finding]:
    """Signs in and names the sender, and sends nothing."""
    if not settings.EMAIL_HOST:
        yield note("There is no EMAIL_HOST: mails are written to the log.")
        return
    where = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    mailer = EmailBackend(timeout=SECONDS)
    try:
        mailer.open()
        assert mailer.connection is not None  # noqa: S101 - or open would have raised
        mailer.connection.ehlo_or_helo_if_needed()
        code, _ = mailer.connection.mail(settings.DEFAULT_FROM_EMAIL)
        if code != 250:
            yield problem(
                f"The mail server {where} refuses the sender in DEFAULT_FROM_EMAIL ({code}).",
                "Set DEFAULT_FROM_EMAIL to an address that it sends mails of.",
            )
    except smtplib.SMTPAuthenticationError as error:
        yield problem(
            f"The mail server {where} refuses user and password ({error.smtp_code}).",
            "See EMAIL_HOST_USER and EMAIL_HOST_PASSWORD.",
        )
    except (OSError, smtplib.SMTPException) as error:
        yield problem(
            f"The mail server {where} cannot be used: {reason(error)}",
            "See EMAIL_HOST, EMAIL_PORT and EMAIL_USE_TLS, and whether a firewall is between. "
            "Containers of workers cannot reach it, that of the site can.",
        )
    finally:
        mailer.close()


def outbox() -> Iterator[Finding]:
    tried = OutgoingMail.objects.filter(attempts__gt=0)
    found = tried.aggregate(number=Count("pk"), since=Min("created_at"))
    if found["number"]:
        yield warning(
            f"{found['number']:,} mails could not be sent yet, the first since "
            f"{found['since']:%Y-%m-%d %H:%M} UTC.",
            "They are tried for a day. The log of the site says why they fail.",
        )


CHECKS = [Check(server), Check(outbox, needs=("database",))]
