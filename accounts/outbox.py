"""Mails are stored as rows and sent by a thread of the web process, which can reach the mail
server.

So requests do not wait for a mail server, mails survive its outages, and a request takes no
longer for registered people: they are looked up when the mail is sent.
"""

import logging
from datetime import timedelta
from threading import Thread
from time import sleep
from typing import Any

from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.db import Error as DatabaseError
from django.db import close_old_connections, transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.invitations import Invitation
from accounts.models import OutgoingMail, User
from accounts.site_address import site_url

logger = logging.getLogger(__name__)

# A request does not wake the sender: the work for a known email would slow down the next request.
PAUSE = 5  # seconds
FIRST_RETRY, LAST_RETRY = timedelta(seconds=15), timedelta(minutes=15)
KEPT_TRYING = timedelta(days=1)


def put(kind: OutgoingMail.Kind, email: str, request: HttpRequest) -> None:
    """Queues a mail to the person with this email, if any; not twice while one of this kind is
    queued.

    Neither looks up the person nor waits for a mail that is being sent.
    """
    put_for(kind, email, site=site_url(request), language=translation.get_language() or "")


def put_for(kind: OutgoingMail.Kind, email: str, *, site: str, language: str) -> None:
    mail = OutgoingMail(kind=kind, email=User.normalise_email(email), site=site, language=language)
    OutgoingMail.objects.bulk_create([mail], ignore_conflicts=True)


def start_sending() -> None:
    """Sends from this process until it ends; other processes may do so at the same time."""
    Thread(target=send_for_ever, name="mail", daemon=True).start()


def send_for_ever() -> None:
    while True:
        close_old_connections()
        try:
            while send_next():
                pass
        except DatabaseError as error:
            logger.warning(
                "Mails are delayed: the database cannot be reached: %s", str(error).strip()
            )
        sleep(PAUSE)


@transaction.atomic
def send_next() -> bool:
    """Sends the oldest mail; False if there is none, or it could not be sent."""
    due = OutgoingMail.objects.filter(due_at__lte=timezone.now()).order_by("due_at")
    mail = due.select_for_update(skip_locked=True).first()
    if mail is None:
        return False
    try:
        send(mail)
    except DatabaseError:
        raise
    except Exception as error:  # whatever the reason, this mail must not block the others
        try_later(mail, error)
        return False
    mail.delete()
    return True


def send(mail: OutgoingMail) -> None:
    """Nothing for people who are not registered, are locked, or never had a password."""
    if mail.kind == OutgoingMail.Kind.INVITATION:
        send_invitation(mail)
        return
    for user in User.objects.with_email(mail.email):
        if user.is_active and user.has_usable_password():
            send_to(user, mail)


def send_to(user: User, mail: OutgoingMail) -> None:
    said: dict[str, Any] = {"user": user, "email": user.email, "site": mail.site}
    said["domain"] = mail.site.partition("://")[2]
    if mail.kind == OutgoingMail.Kind.PASSWORD_RESET:
        said["uid"] = urlsafe_base64_encode(force_bytes(user.pk))
        said["token"] = default_token_generator.make_token(user)
    write_to(mail, said, user.language)


def send_invitation(mail: OutgoingMail) -> None:
    """With a new code, as the row has none. Nothing if it was deleted or used meanwhile."""
    for invitation in Invitation.objects.pending().filter(email=mail.email):
        code = invitation.new_code()
        invitation.save(update_fields=["hash"])
        said = {"domain": mail.site.partition("://")[2], "invitation": invitation}
        write_to(mail, said | {"link": invitation.link(code, mail.site)})


def write_to(mail: OutgoingMail, said: dict[str, Any], language: str = "") -> None:
    with translation.override(language or mail.language or None):
        subject = render_to_string(f"accounts/{mail.kind}_subject.txt", said)
        text = render_to_string(f"accounts/{mail.kind}_mail.txt", said)
    send_mail(" ".join(subject.split()), text, None, [mail.email])


def try_later(mail: OutgoingMail, error: Exception) -> None:
    now = timezone.now()
    if now - mail.created_at > KEPT_TRYING:
        logger.error("Mail %d (%s) could not be sent for a day: %s", mail.pk, mail.kind, error)
        mail.delete()
        return
    pause = min(FIRST_RETRY * 2**mail.attempts, LAST_RETRY)
    logger.warning(
        "Mail %d (%s) could not be sent, next attempt in %d seconds: %s",
        mail.pk,
        mail.kind,
        pause.total_seconds(),
        error,
    )
    mail.attempts += 1
    mail.due_at = now + pause
    mail.save()
