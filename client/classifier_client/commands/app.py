"""`classify`: pictures, or a command."""

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, Never

import typer
from typer.core import TyperGroup

from classifier_client.commands import account, history, models, pictures, teach
from classifier_client.commands.kept import NotSignedIn
from classifier_client.commands.screen import errors
from classifier_client.errors import ClassifierError, SignInNeeded, Unreachable

# Exit statuses, for scripts; docs/client.md lists them. 2 is typer's, for a wrong command line.
SOME_REFUSED, SIGN_IN, GAVE_UP, INTERRUPTED = 1, 3, 4, 130
HELP = """Ask an image classification service what pictures show.

`classify photo.jpg holiday/` classifies the picture, and all in the folder.
A file that has the name of a command is called by `classify ./history`.
"""


class PicturesByDefault(TyperGroup):
    """What does not begin with a command is files, or options for files."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in {*self.commands, "--help"}:
            args = ["files", *args]
        return super().parse_args(ctx, args)


def exits(command: Callable[..., None]) -> Callable[..., None]:
    """Says errors in a sentence and an exit status."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (NotSignedIn, SignInNeeded) as error:
            say(error)
            if isinstance(error, SignInNeeded) and error.code not in account.WRONG:
                errors.print("Sign in again: classify login")
            raise typer.Exit(SIGN_IN) from error
        except ClassifierError as error:
            say(error)
            gave_up = isinstance(error, Unreachable) or getattr(error, "passes", False)
            raise typer.Exit(GAVE_UP if gave_up else SOME_REFUSED) from error
        except KeyboardInterrupt:
            leave(INTERRUPTED)

    return run


def say(error: Exception) -> None:
    errors.print(str(error), style="red", markup=False, highlight=False)


def leave(status: int) -> Never:
    """At once: Python would wait for requests that the person wants to wait for no longer."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


app = typer.Typer(
    cls=PicturesByDefault,
    help=HELP,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
COMMANDS: dict[str, Callable[..., None]] = {
    "files": pictures.files,
    "login": account.login,
    "logout": account.logout,
    "history": history.history,
    "feedback": history.feedback,
    "models": models.models,
    "teach": teach.teach,
}
for name, command in COMMANDS.items():
    app.command(name)(exits(command))


def main() -> None:
    # What ends a script ends it as Ctrl-C does: what is under way is finished.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    app(prog_name="classify")
