"""`classify models`."""

from classifier_client.commands import kept
from classifier_client.commands.formats import Format, FormatOption, write
from classifier_client.records import Classifier

COLUMNS = {
    "name": "Name",
    "title": "Title",
    "version": "Version",
    "labels": "Classes",
    "threshold": "Sure from",
    "whose": "",
}


def models(form: FormatOption = Format.TABLE) -> None:
    """List the classifiers that you can ask."""
    with kept.client_of(kept.current()) as client:
        rows = [
            {
                "name": model.name,
                "title": model.title,
                "version": str(model.champion) if model.champion else None,
                "labels": model.labels,
                "threshold": model.threshold,
                "whose": whose(model),
            }
            for model in client.models()
        ]
    write(rows, COLUMNS, form)


def whose(model: Classifier) -> str:
    if model.is_own:
        return "yours, public" if model.is_public else "yours"
    return "" if model.is_public else "shared with you"
