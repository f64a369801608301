"""Deleting versions that nothing needs any more. Their files stay in the model store."""

from django.db import transaction
from django.db.models import ProtectedError, Q
from django.dispatch import Signal
from django.utils.translation import gettext as _

from predictions.classifiers import Classifier, ModelVersion, RoleChange

# Sent with `classifier` inside the transaction of its deletion, for rooms above that have rows of
# their own about it.
classifier_deleted = Signal()


class VersionKept(ValueError):
    """The version is not deleted; says why."""


def refuse_needed(version: ModelVersion) -> None:
    """Raises VersionKept, and returns otherwise."""
    named = {"version": version}
    if version.role != ModelVersion.Role.RETIRED:
        raise VersionKept(_("%(version)s answers pictures. Retire it first.") % named)
    if version.inference_set.exists():
        raise VersionKept(_("%(version)s has given answers, which name it.") % named)
    if version.ensembles.exists():
        raise VersionKept(_("%(version)s belongs to an ensemble.") % named)
    if RoleChange.objects.filter(Q(version=version) | Q(champion_before=version)).exists():
        raise VersionKept(_("%(version)s is in the history of roles.") % named)


@transaction.atomic
def delete_version(version: ModelVersion) -> None:
    """Raises VersionKept."""
    # No role changes meanwhile.
    Classifier.everything.select_for_update().get(pk=version.classifier_id)
    version.refresh_from_db(fields=["role"])
    refuse_needed(version)
    try:
        version.delete()
    except ProtectedError as error:
        raise VersionKept(_("%(version)s is needed elsewhere.") % {"version": version}) from error
