"""`classify history` and `classify feedback`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from classifier_client.api import Client
from classifier_client.commands import kept
from classifier_client.commands.formats import Format, FormatOption, write
from classifier_client.commands.screen import errors
from classifier_client.errors import ApiError
from classifier_client.files import NotSent, content_of
from classifier_client.records import Prediction

COLUMNS = {
    "id": "Id",
    "when": "Sent",
    "file_name": "File",
    "label": "Answer",
    "score": "Score",
    "status": "",
}


def history(
    search: Annotated[
        str, typer.Option("--search", "-s", help="Kinds of things, or part of a file's name.")
    ] = "",
    model: Annotated[str, typer.Option("--model", "-m", help="Answers of this classifier.")] = "",
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many.")] = 20,
    form: FormatOption = Format.TABLE,
) -> None:
    """List your pictures, newest first."""
    with kept.client_of(kept.current()) as client:
        found = list(client.history(search=search, model=model, limit=limit))
    rows = [each.as_dict() | {"when": local_time(each.created_at)} for each in found]
    write(rows, COLUMNS, form)


def local_time(said: str) -> str:
    return datetime.fromisoformat(said).astimezone().strftime("%Y-%m-%d %H:%M") if said else ""


def feedback(
    what: Annotated[str, typer.Argument(help="The id of a prediction, or the picture.")],
    correct: Annotated[
        bool | None, typer.Option("--right/--wrong", help="Whether the answer is right.")
    ] = None,
    label: Annotated[
        str, typer.Option("--label", "-l", help="What the picture shows; a class or other words.")
    ] = "",
    comment: Annotated[str, typer.Option("--comment", "-c", help="In your own words.")] = "",
) -> None:
    """Say whether an answer was right."""
    if correct is None and not label:
        raise typer.BadParameter("Say --right, --wrong or --label.")
    with kept.client_of(kept.current()) as client:
        path = Path(what)
        prediction = answer_for(client, path) if path.is_file() else Prediction("done", what)
        given = client.give_feedback(prediction, correct=correct, label=label, comment=comment)
    if given.correct is None:
        verdict = "kept"
    else:
        verdict = "right" if given.correct else "wrong"
        verdict += f", it is {given.label}" if given.label and not given.correct else ""
    errors.print(f"Thank you: {verdict}.", highlight=False, markup=False)


def answer_for(client: Client, path: Path) -> Prediction:
    """The latest answer to this picture. Asked again where there is no history."""
    try:
        content = content_of(path)
    except NotSent as why:
        raise typer.BadParameter(f"{path}: {why}") from why
    try:
        found = client.find(content, search=path.name)
    except ApiError as error:
        if error.status != 404:
            raise
        return client.classify(content, path.name)
    if found is None:
        raise typer.BadParameter(f"You have not sent {path}, or not under this name.")
    return found
