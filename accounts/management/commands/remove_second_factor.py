"""For the last superuser who has lost the phone, and everybody else whom no administrator helps."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import second_factor
from accounts.models import User


class Command(BaseCommand):
    help = "Remove somebody's second factor, so that the password alone signs in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, email: str, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(email)
        except User.DoesNotExist:
            raise CommandError(f"No account uses the email {email}.") from None
        if not second_factor.remove(user, by="command line"):
            raise CommandError(f"{user.email} has no second factor.")
        self.stdout.write(f"{user.email} can now sign in with the password alone.")
