"""`classify teach FOLDER`: a classifier is taught the folder's folders."""

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from classifier_client.api import Client
from classifier_client.commands import kept
from classifier_client.commands.screen import errors, progress
from classifier_client.files import NotSent, content_of, pictures_in
from classifier_client.records import Classifier, Training
from classifier_client.retries import Retries

AT_A_TIME = 10  # pictures a request
WAIT = 10  # seconds that the service waits before it says how far a training is


def teach(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="It has a folder for each class.")
    ],
    title: Annotated[
        str,
        typer.Option("--title", "-t", help="Of a new classifier; the folder's name unless told."),
    ] = "",
    model: Annotated[
        str, typer.Option("--model", "-m", help="A classifier that is there, to be taught more.")
    ] = "",
    use: Annotated[
        bool, typer.Option("--use", help="Put the new version to use, in place of the one before.")
    ] = False,
) -> None:
    """Teach a classifier of your own. The first version that it learns is put to use."""
    classes = {
        each.name: pictures_in([each])
        for each in sorted(folder.iterdir())
        if each.is_dir() and not each.name.startswith(".")
    }
    if sum(map(bool, classes.values())) < 2:
        raise typer.BadParameter(f"{folder} needs a folder of pictures for each of two classes.")
    with kept.client_of(kept.current()) as client:
        if model:
            classifier = client.model(model)
        else:
            classifier = client.new_model(title or folder.resolve().name)
            errors.print(f"Made {classifier.name}.", highlight=False, markup=False)
        try:
            refused = send(client, classifier.name, classes)
            for says in client.problems(classifier.name):
                errors.print(says, highlight=False, markup=False)
            training = learn(client, classifier.name)
        except (Exception, KeyboardInterrupt):
            again = f"classify teach {folder} --model {classifier.name}"
            errors.print(f"To go on: {again}", highlight=False, markup=False, soft_wrap=True)
            raise
        finish(client, classifier, training, use)
    if refused:
        raise typer.Exit(1)


def send(client: Client, model: str, classes: dict[str, list[Path]]) -> int:
    """How many pictures were refused; says which, and why."""
    refused = 0
    total = sum(map(len, classes.values()))
    with progress() as bar:
        task = bar.add_task("Sending", total=total, says="")
        retries = Retries(on_wait=lambda seconds, why: bar.update(task, says=why))
        for class_name, paths in classes.items():
            for start in range(0, len(paths), AT_A_TIME):
                here = paths[start : start + AT_A_TIME]
                files, failures = contents_of(here)
                if files:
                    give = partial(client.add_examples, model, class_name, files)
                    failures += retries.call(give)
                for name, why in failures:
                    bar.console.print(f"{class_name}/{name}: {why}", style="red", markup=False)
                refused += len(failures)
                bar.update(task, advance=len(here), says="")
    return refused


def contents_of(paths: list[Path]) -> tuple[list[tuple[str, bytes]], list[tuple[str, str]]]:
    """(name, content) of those that can be read, (name, why) of the others."""
    files: list[tuple[str, bytes]] = []
    failures: list[tuple[str, str]] = []
    for path in paths:
        try:
            files.append((path.name, content_of(path)))
        except NotSent as error:
            failures.append((path.name, str(error)))
    return files, failures


def learn(client: Client, model: str) -> Training:
    """A training, at its end."""
    training = client.train(model)
    retries = Retries()
    with errors.status("Learning") as status:
        while not training.is_finished:
            status.update(training.says or "Learning")
            ask = partial(client.training, model, training.id, wait=WAIT)
            training = retries.call(ask)
    return training


def finish(client: Client, classifier: Classifier, training: Training, use: bool) -> None:
    """Raises Exit if nothing was learnt."""
    if training.status != "done" or training.version is None:
        errors.print(f"The training {training.status}. {training.error}", style="red", markup=False)
        raise typer.Exit(1)
    figures = training.figures
    typer.echo(f"{figures['right']} of {figures['of']} pictures right")
    is_first = classifier.champion is None
    if is_first or use:
        client.use(classifier.name, training.version)
        typer.echo(f"classify --model {classifier.name} PICTURE")
    else:
        errors.print(
            f"Not in use yet: {client.site}/teach compares it with the version that is; --use puts "
            "it to use at once.",
            highlight=False,
            markup=False,
        )
