"""While a disk is moved or a backup restored, say: people can look, but send nothing."""

from time import sleep
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from classifier_site.operations.maintenance import state
from classifier_site.operations.maintenance.models import Maintenance


class Command(BaseCommand):
    help = "Refuse uploads with a message (on), accept them again (off), or say which it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("switch", choices=["on", "off"], nargs="?")
        parser.add_argument("--message", default="", help="What people and programs are told.")

    def handle(self, *args: Any, switch: str | None, message: str, **options: Any) -> None:
        message = " ".join(message.split())
        if len(message) > Maintenance.MESSAGE_LENGTH:
            raise CommandError(f"The message is longer than {Maintenance.MESSAGE_LENGTH}.")
        if message and switch != "on":
            raise CommandError("--message goes with `on`.")
        if switch == "on":
            state.begin(message)
            sleep(state.SEEN_AFTER)  # then no process accepts another picture
            self.stdout.write(
                "Uploads are refused now. Those that had begun are finished, and workers answer "
                "what waits."
            )
        elif switch == "off":
            was_on = state.end()
            said = "Uploads are accepted again." if was_on else "There was no maintenance."
            self.stdout.write(said)
        elif now := state.current():
            self.stdout.write(f"Maintenance since {now.began_at:%Y-%m-%d %H:%M} UTC: {now}")
        else:
            self.stdout.write("No maintenance.")
