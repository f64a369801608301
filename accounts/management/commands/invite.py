"""For a server where SIGNUP is `invite`."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import inviting
from accounts.invitations import LASTS

MOST_DAYS = 365


class Command(BaseCommand):
    help = "Invite somebody to sign up: by mail, or with a link that works once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", nargs="?", default="", help="Else whoever has the link.")
        parser.add_argument("--days", type=int, default=LASTS.days, help="How long it is good.")

    def handle(self, *args: Any, email: str, days: int, **options: Any) -> None:
        if not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days can be from 1 to {MOST_DAYS}.")
        try:
            invited = inviting.invite(email, site=settings.SITE_URL, lasts=timedelta(days=days))
        except ValidationError as error:
            raise CommandError(error.messages[0]) from error
        if invited.link is None:
            self.stdout.write(f"A mail to {invited.invitation.email} is on its way.")
        else:
            self.stdout.write(invited.link)
        if not settings.SITE_URL:
            self.stderr.write("Put the site's address before it; with SITE_URL it is there.")
        if settings.SIGNUP != "invite":
            self.stderr.write(f"SIGNUP is {settings.SIGNUP}: nobody needs it, or can use it, now.")
