"""Who may answer: changing the roles of versions, each change with who and why.

A change renews the classifier's revision, by which every process notices it with its next picture
(routing.py). Nothing here asks Redis.
"""

import logging
from typing import Any
from uuid import UUID, uuid4

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from predictions.classifiers import Classifier, ModelVersion, RoleChange
from predictions.inference.store import Manifest
from predictions.registry.model_store import model_store
from predictions.registry.routing import BUCKETS

logger = logging.getLogger(__name__)

Role = ModelVersion.Role


class RoleRefused(ValueError):
    """The change is not made; says why."""


class Changes:
    """One change of a classifier's roles, which no other change can come in between.

    actor: None on the command line. request: where it came from, for the audit log. seen: the
    revision that the person who asks has looked at; a change since then is refused.
    """

    def __init__(
        self,
        *,
        actor: User | None = None,
        reason: str = "",
        request: HttpRequest | None = None,
        seen: UUID | None = None,
    ) -> None:
        self.actor, self.reason, self.request, self.seen = actor, reason, request, seen

    @transaction.atomic
    def promote(self, version: ModelVersion) -> RoleChange | None:
        """Makes it the champion; the one before retires. None if it is that already.

        Raises RoleRefused.
        """
        classifier, version = self.lock(version)
        if version.role == Role.CHAMPION:
            return None
        refuse_unready(version)
        before = champion_of(classifier)
        return self.crown(version, before)

    @transaction.atomic
    def challenge(self, version: ModelVersion, share: int) -> RoleChange | None:
        """Lets it answer so many percent of the people; those who have it keep it.

        Raises RoleRefused.
        """
        classifier, version = self.lock(version)
        refuse_champion(version)
        if not 1 <= share <= BUCKETS:
            raise RoleRefused(_("The share of a challenger is 1 to 100 percent."))
        if version.role == Role.CHALLENGER and version.share == share:
            return None
        refuse_unready(version)
        others = classifier.versions.filter(role=Role.CHALLENGER).exclude(pk=version.pk)
        taken = {bucket for other in others for bucket in other.buckets}
        if len(taken) + share > BUCKETS:
            raise RoleRefused(
                _("The other challengers have %(taken)d percent; at most %(left)d are left.")
                % {"taken": len(taken), "left": BUCKETS - len(taken)}
            )
        if not others and version.role != Role.CHALLENGER:
            classifier.experiment = uuid4()
        own = version.buckets if version.role == Role.CHALLENGER else []
        free = [bucket for bucket in range(BUCKETS) if bucket not in taken and bucket not in own]
        return self.give(version, Role.CHALLENGER, buckets=(own + free)[:share])

    @transaction.atomic
    def shadow(self, version: ModelVersion) -> RoleChange | None:
        """Lets it answer unseen. Raises RoleRefused."""
        _classifier, version = self.lock(version)
        refuse_champion(version)
        if version.role == Role.SHADOW:
            return None
        refuse_unready(version)
        return self.give(version, Role.SHADOW)

    @transaction.atomic
    def retire(self, version: ModelVersion) -> RoleChange | None:
        """Lets it answer nothing more. Raises RoleRefused: it is the champion."""
        _classifier, version = self.lock(version)
        refuse_champion(version)
        return None if version.role == Role.RETIRED else self.give(version, Role.RETIRED)

    @transaction.atomic
    def rollback(self, classifier: Classifier) -> RoleChange:
        """Makes the champion before the last promotion the champion again.

        Once more, it goes back by one promotion more. Raises RoleRefused.
        """
        classifier = self.lock_classifier(classifier)
        last = last_promotion(classifier)
        if last is None or last.champion_before is None:
            raise RoleRefused(_("There is no champion before this one."))
        refuse_unready(last.champion_before)
        RoleChange.objects.filter(pk=last.pk).update(is_undone=True)
        last.champion_before.classifier = classifier
        return self.crown(last.champion_before, champion_of(classifier), is_rollback=True)

    def lock(self, version: ModelVersion) -> tuple[Classifier, ModelVersion]:
        """Both as they are now, kept from other changes until this one is committed."""
        classifier = self.lock_classifier(version.classifier)
        version = ModelVersion.objects.get(pk=version.pk)
        version.classifier = classifier
        return classifier, version

    def lock_classifier(self, classifier: Classifier) -> Classifier:
        """Raises RoleRefused."""
        locked = Classifier.objects.select_for_update().filter(pk=classifier.pk).first()
        if locked is None:
            raise RoleRefused(_("This classifier has been deleted."))
        if self.seen is not None and self.seen != locked.revision:
            raise RoleRefused(
                _("Somebody else has changed the roles meanwhile. Look at them again.")
            )
        return locked

    def crown(
        self, version: ModelVersion, before: ModelVersion | None, *, is_rollback: bool = False
    ) -> RoleChange:
        if before is not None:
            ModelVersion.objects.filter(pk=before.pk).update(role=Role.RETIRED)
        return self.give(version, Role.CHAMPION, champion_before=before, is_rollback=is_rollback)

    def give(
        self,
        version: ModelVersion,
        role: Role,
        *,
        buckets: list[int] | None = None,
        **details: Any,
    ) -> RoleChange:
        change = RoleChange(
            classifier=version.classifier,
            version=version,
            role_before=version.role,
            role=role,
            share_before=version.share,
            share=len(buckets or []),
            actor=self.actor,
            actor_email=self.actor.email if self.actor else "",
            reason=self.reason[:300],
            **details,
        )
        version.role, version.buckets = role, buckets or []
        version.save(update_fields=["role", "buckets"])
        change.save()
        version.classifier.revision = uuid4()
        version.classifier.save(update_fields=["revision", "experiment"])
        self.log(change)
        return change

    def log(self, change: RoleChange) -> None:
        audit.record(
            audit.Action.MODEL_ROLE_CHANGED,
            self.request,
            actor=self.actor,
            target=change.version,
            detail=change.as_dict(),
        )
        if self.actor:
            LogEntry.objects.log_actions(
                self.actor.pk,
                [change.version],
                CHANGE,
                change_message=f"{change}{f': {self.reason}' if self.reason else ''}",
                single_object=True,
            )


def last_promotion(classifier: Classifier) -> RoleChange | None:
    """The one that a rollback would undo."""
    promotions = classifier.role_changes.filter(
        role=Role.CHAMPION, champion_before__isnull=False, is_rollback=False, is_undone=False
    )
    return promotions.select_related("champion_before").first()


def champion_of(classifier: Classifier) -> ModelVersion | None:
    return classifier.versions.filter(role=Role.CHAMPION).first()


def refuse_champion(version: ModelVersion) -> None:
    if version.role == Role.CHAMPION:
        raise RoleRefused(_("It is the champion. Promote another version first."))


def refuse_unready(version: ModelVersion) -> None:
    """Raises RoleRefused unless the files of a version, or of an ensemble's, are as they were."""
    store = model_store()
    members = [member.version for member in version.members.select_related("version")]
    for part in members or [version]:
        try:
            ready = store.can_be_had(Manifest(**part.manifest))
        except OSError as error:
            logger.error("The files of %s cannot be looked for: %s", part, error)
            raise RoleRefused(
                _("The files of %(version)s cannot be looked for now. Try again later.")
                % {"version": part}
            ) from error
        if not ready:
            raise RoleRefused(
                _("The files of %(version)s are missing or damaged in the model store.")
                % {"version": part}
            )
