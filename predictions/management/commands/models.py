"""`manage.py models`: the versions of a classifier, and which of them answer."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from predictions.classifiers import DEFAULT, Classifier, ModelVersion, RoleChange
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.sharing import SharingStore
from predictions.registry import thresholds
from predictions.registry.model_store import model_store
from predictions.registry.naming import UnknownVersion, classifier_named, version_named
from predictions.registry.roles import Changes, RoleRefused
from predictions.registry.routing import UnknownClassifier, share_of
from predictions.registry.sharing import fetch_all, share_all
from predictions.registry.versions import NotAnEnsemble, add_ensemble

ROLES: list[str] = list(ModelVersion.Role)
DEFAULT_THRESHOLD = "default"  # instead of a number


class Command(BaseCommand):
    help = "Lists the versions of a classifier, and changes which of them answer new pictures."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

        def add(action: Callable[..., str], says: str, name: str = "") -> CommandParser:
            name = name or action.__name__
            added = actions.add_parser(name, help=says, description=says)
            added.set_defaults(act=action)
            added.add_argument("--classifier", default=DEFAULT, help=f"{DEFAULT} unless told.")
            return added

        def add_change(action: Callable[..., str], says: str) -> CommandParser:
            added = add(action, says)
            added.add_argument("--reason", default="", help="Is kept with the change.")
            return added

        def add_role(action: Callable[..., str], says: str) -> CommandParser:
            added = add_change(action, says)
            added.add_argument(
                "version",
                nargs="+",
                help="Its id, its name and version, or one of these if no other has it.",
            )
            return added

        add(self.table, "Lists the versions with their roles.", "list")
        add_role(self.promote, "Lets a version answer; the champion before retires.")
        challenge = add_role(self.challenge, "Lets a version answer a share of the people.")
        challenge.add_argument("--share", type=int, required=True, help="Percent, 1 to 100.")
        add_role(self.shadow, "Lets a version answer unseen, for comparison.")
        add_role(self.retire, "Lets a version answer nothing more.")
        add_change(self.rollback, "Goes back to the champion before the last promotion.")
        ensemble = add(self.ensemble, "Adds a version that answers with the mean of others.")
        ensemble.add_argument("versions", nargs="+", metavar="version", help="In quotes, or an id.")
        ensemble.add_argument("--weights", nargs="+", type=float, help="One for each version.")
        add(self.share, "Shares the versions of all classifiers that only this machine has.")
        add(self.fetch, "Fetches those that this machine lacks, before MEDIA_URL is changed.")
        threshold = add_change(self.threshold, "Sets under which probability answers are unsure.")
        threshold.add_argument("least", help=f"0 to 1, or {DEFAULT_THRESHOLD}.")
        threshold.add_argument("--class", dest="key", help="Of this class alone, by its key.")

    def handle(
        self, *, act: Callable[..., str], classifier: str, reason: str = "", **options: Any
    ) -> None:
        try:
            found = classifier_named(classifier)
            self.changes = Changes(reason=reason)
            self.stdout.write(act(found, **options))
        except (UnknownClassifier, UnknownVersion, RoleRefused, NotAnEnsemble) as error:
            raise CommandError(str(error)) from error

    def table(self, classifier: Classifier, **_options: Any) -> str:
        versions = sorted(classifier.versions.all(), key=lambda v: (ROLES.index(v.role), -v.pk))
        return aligned(
            [("ROLE", "SHARE", "AGE", "ID", "NAME", "VERSION", "PRECISION")]
            + [
                (
                    version.role,
                    f"{share}%" if (share := share_of(version, versions)) else "",
                    age(version),
                    str(version.pk),
                    version.name,
                    version.version,
                    version.precision,
                )
                for version in versions
            ]
        )

    def promote(self, classifier: Classifier, *, version: list[str], **_options: Any) -> str:
        chosen = version_named(classifier, " ".join(version))
        change = self.changes.promote(chosen)
        return self.said(change, chosen, f"{chosen} answers new pictures of {classifier}")

    def challenge(
        self, classifier: Classifier, *, version: list[str], share: int, **_options: Any
    ) -> str:
        chosen = version_named(classifier, " ".join(version))
        change = self.changes.challenge(chosen, share)
        return self.said(
            change, chosen, f"{chosen} answers new pictures of {share} percent of the people"
        )

    def shadow(self, classifier: Classifier, *, version: list[str], **_options: Any) -> str:
        chosen = version_named(classifier, " ".join(version))
        change = self.changes.shadow(chosen)
        return self.said(change, chosen, f"{chosen} answers new pictures of {classifier} unseen")

    def retire(self, classifier: Classifier, *, version: list[str], **_options: Any) -> str:
        chosen = version_named(classifier, " ".join(version))
        return self.said(self.changes.retire(chosen), chosen, f"{chosen} answers nothing more")

    def rollback(self, classifier: Classifier, **_options: Any) -> str:
        change = self.changes.rollback(classifier)
        return self.said(
            change, change.version, f"{change.version} answers new pictures of {classifier} again"
        )

    def ensemble(
        self,
        classifier: Classifier,
        *,
        versions: list[str],
        weights: list[float] | None,
        **_options: Any,
    ) -> str:
        members = [version_named(classifier, called) for called in versions]
        added = add_ensemble(members, weights)
        return (
            f"{added} ({added.pk}) averages {' and '.join(map(str, members))}; it is {added.role}."
        )

    def share(self, classifier: Classifier, **_options: Any) -> str:
        store = sharing_store()
        try:
            share_all(store, self.stdout.write)
        except OSError as error:
            raise CommandError(f"Models could not be shared: {error}") from error
        return f"{store.shared} has the models of this machine."

    def fetch(self, classifier: Classifier, **_options: Any) -> str:
        store = sharing_store()
        try:
            fetch_all(store, self.stdout.write)
        except ModelNotPrepared as error:
            raise CommandError(str(error)) from error
        return f"{store.root} has the models of all machines."

    def threshold(
        self, classifier: Classifier, *, least: str, key: str | None, **_options: Any
    ) -> str:
        number = probability(least)
        whole, of_classes = classifier.threshold, dict(classifier.class_thresholds)
        if key is None:
            whole = number
        elif number is None:
            of_classes.pop(key, None)
        else:
            of_classes[key] = number
        changed = thresholds.set_thresholds(self.changes, classifier, whole, of_classes)
        what = f"Answers of {classifier}" if key is None else f"Answers {key} of {classifier}"
        return f"{what} are unsure below {changed.threshold_of(key or ''):g}."

    def said(self, change: RoleChange | None, version: ModelVersion, what: str) -> str:
        if change is None:
            return f"The role of {version} is {version.role} already; nothing has changed."
        retired = change.champion_before
        return f"{what}; {retired} retires." if retired else f"{what}."


def sharing_store() -> SharingStore:
    store = model_store()
    if not isinstance(store, SharingStore):
        raise CommandError("Models are shared where MEDIA_URL names a bucket.")
    return store


def age(version: ModelVersion) -> str:
    days = (timezone.now() - version.created_at).days
    return "today" if not days else "1 day" if days == 1 else f"{days} days"


def probability(said: str) -> float | None:
    """Raises RoleRefused."""
    if said == DEFAULT_THRESHOLD:
        return None
    try:
        return float(said)
    except ValueError:
        raise RoleRefused(f"{said!r} is neither a number nor {DEFAULT_THRESHOLD!r}.") from None


def aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )
