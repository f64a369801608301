"""`classify photo.jpg holiday/`."""

from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from classifier_client.commands import kept
from classifier_client.commands.formats import Format, FormatOption, write
from classifier_client.commands.screen import errors, progress
from classifier_client.errors import ClassifierError
from classifier_client.files import pictures_in
from classifier_client.journal import Journal
from classifier_client.retries import Retries
from classifier_client.sending import Outcome, Sender

COLUMNS = {"file": "File", "label": "Answer", "score": "Score", "confident": "Sure", "error": ""}
AGAIN = "The same command goes on from here."


def files(
    paths: Annotated[
        list[Path], typer.Argument(exists=True, help="Pictures, and folders of them.")
    ],
    model: Annotated[
        str, typer.Option("--model", "-m", help="Which classifier; `classify models` lists them.")
    ] = "",
    form: FormatOption = Format.TABLE,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, max=32, help="How many pictures at a time.")
    ] = 4,
    restart: Annotated[
        bool, typer.Option("--restart", help="Send all, also what an interrupted run has sent.")
    ] = False,
) -> None:
    """Say what pictures show. (The command's name may be left out.)"""
    found = pictures_in(paths)
    if not found:
        errors.print("There are no pictures in there.")
        raise typer.Exit(1)
    account = kept.current()
    journal_of_run = Journal(kept.folder() / "journal.sqlite3", account.site, account.owner, model)
    with (
        kept.client_of(account) as client,
        closing(journal_of_run) as journal,
        progress() as bar,
    ):
        task = bar.add_task("Classifying", total=len(found), says="")
        if restart:
            journal.forget_all()
        retries = Retries(on_wait=lambda seconds, why: bar.update(task, says=why))
        done = 0

        def tell(outcome: Outcome) -> None:
            nonlocal done
            done += 1
            bar.advance(task)
            if not retries.stop.is_set():
                bar.update(task, says="")

        def interrupted() -> None:
            bar.update(task, says="Finishing what is under way; Ctrl-C again leaves at once.")

        sender = Sender(
            client,
            journal,
            model=model,
            jobs=jobs,
            retries=retries,
            on_done=tell,
        )
        try:
            outcomes = sender.send(found, interrupted)
        except (KeyboardInterrupt, ClassifierError):
            bar.stop()
            errors.print(f"{done} of {len(found)} pictures are done. {AGAIN}")
            raise
    write([row(outcome) for outcome in outcomes], COLUMNS, form)
    if failed := [outcome for outcome in outcomes if outcome.status != "done"]:
        errors.print(f"{len(failed)} of {len(outcomes)} pictures have no answer.")
        raise typer.Exit(1)


def row(outcome: Outcome) -> dict[str, Any]:
    said = {"file": str(outcome.file), "status": outcome.status}
    if outcome.prediction:
        said |= outcome.prediction.as_dict()
    return said | {"error": outcome.error}
