"""Finding classifiers and versions by what people call them."""

from django.utils.translation import gettext as _

from accounts.models import User
from predictions.classifiers import Classifier, ModelVersion
from predictions.registry.routing import UnknownClassifier


class UnknownVersion(LookupError):
    """No version is called so, or several are; says which."""


def classifier_named(name: str, user: User | None = None) -> Classifier:
    """Of those that are open to this person; of all for operators, on the command line.

    Raises UnknownClassifier.
    """
    classifiers = Classifier.objects.open_to(user) if user else Classifier.objects
    classifier: Classifier | None = classifiers.filter(name=name).first()
    if classifier is None:
        raise UnknownClassifier(name[:64], user)
    return classifier


def version_named(classifier: Classifier, called: str) -> ModelVersion:
    """The version with this id, name, version, or name and version with a space between.

    Raises UnknownVersion.
    """
    called = " ".join(called.split())
    found = [version for version in classifier.versions.all() if called in names_of(version)]
    if not found:
        raise UnknownVersion(
            _("%(classifier)s has no version %(called)s.")
            % {"classifier": classifier, "called": called}
        )
    if found[1:]:
        ids = ", ".join(f"{version.pk} ({version})" for version in found)
        raise UnknownVersion(
            _("%(called)s may be any of these; choose one by its id: %(ids)s")
            % {"called": called, "ids": ids}
        )
    found[0].classifier = classifier
    return found[0]


def names_of(version: ModelVersion) -> set[str]:
    return {str(version.pk), version.name, version.version, str(version)}
