"""Classifiers of people: made, shared, made public, renamed and deleted.

Each change of who may ask it renews the classifier's revision, by which every process notices it
with its next picture (routing.py). All are recorded in the audit log.
"""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rest_framework.request import Request

from accounts import audit
from accounts.audit import Action, printable
from accounts.models import User
from predictions.classifiers import Classifier, ClassifierShare, ModelVersion
from predictions.registry.deleting import classifier_deleted

TITLE_MOST = 100  # characters
SLUG_MOST, SUFFIX = 40, 8  # characters of a name: from its title, and random
MOST_SHARES = 200  # each process keeps them (routing.py)
TRIES = 5


class OwnershipRefused(ValueError):
    """The change is not made; says why."""


class Change:
    """Who changes a classifier, and where from.

    actor: None for the service itself, such as when an account is deleted.
    """

    def __init__(
        self, actor: User | None = None, request: HttpRequest | Request | None = None
    ) -> None:
        self.actor, self.request = actor, request

    def save(
        self, action: Action, classifier: Classifier, fields: list[str], **detail: Any
    ) -> None:
        classifier.revision = uuid4()
        classifier.save(update_fields=[*fields, "revision"])
        self.record(action, classifier, **detail)

    def record(self, action: Action, classifier: Classifier, **detail: Any) -> None:
        audit.record(action, self.request, actor=self.actor, target=classifier, detail=detail)


@transaction.atomic
def new_classifier(
    owner: User, title: str, *, request: HttpRequest | Request | None = None
) -> Classifier:
    """One that answers nothing yet. Its name tells nobody which others there are.

    Raises OwnershipRefused: there are too many, or the title is none.
    """
    title = checked(title)
    # Locked, so that two at once do not both find room, and the account is not deleted meanwhile.
    if User.objects.select_for_update(no_key=True).filter(pk=owner.pk).first() is None:
        raise OwnershipRefused(_("This account has been deleted."))
    most = settings.CLASSIFIERS_PER_PERSON
    if not most:
        raise OwnershipRefused(_("On this server people make no classifiers of their own."))
    if owner.classifiers.count() >= most:
        raise OwnershipRefused(
            ngettext(
                "You have %(most)d classifier, the maximum. Delete it first.",
                "You have %(most)d classifiers, the maximum. Delete one first.",
                most,
            )
            % {"most": most}
        )
    classifier = named(owner, title)
    Change(owner, request).record(Action.CLASSIFIER_CREATED, classifier, title=title)
    return classifier


def named(owner: User, title: str) -> Classifier:
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                return Classifier.objects.create(name=name_for(title), title=title, owner=owner)
        except IntegrityError:
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def name_for(title: str) -> str:
    begins = slugify(title)[:SLUG_MOST].strip("-_") or "classifier"
    letters = "abcdefghijkmnpqrstuvwxyz23456789"  # none that looks like another
    return f"{begins}-{get_random_string(SUFFIX, letters)}"


def checked(title: str) -> str:
    """Raises OwnershipRefused."""
    title = " ".join(printable(title).split())
    if not any(letter.isprintable() for letter in title) or len(title) > TITLE_MOST:
        raise OwnershipRefused(_("A title has 1 to %(most)d characters.") % {"most": TITLE_MOST})
    return title


@transaction.atomic
def rename(classifier: Classifier, title: str, change: Change | None = None) -> Classifier:
    """Changes the title; the name, which programs know it by, stays. Raises OwnershipRefused."""
    title, locked = checked(title), lock(classifier)
    if locked.title != title:
        before, locked.title = locked.title, title
        locked.save(update_fields=["title"])
        (change or Change()).record(Action.CLASSIFIER_CHANGED, locked, before=before, title=title)
    return locked


@transaction.atomic
def set_public(classifier: Classifier, is_public: bool, change: Change | None = None) -> Classifier:
    """Lets everybody on this server ask it, or only the owner and those it is shared with.

    Raises OwnershipRefused.
    """
    locked = lock_owned(classifier)
    if locked.is_public != is_public:
        locked.is_public = is_public
        (change or Change()).save(
            Action.CLASSIFIER_CHANGED, locked, ["is_public"], is_public=is_public
        )
    return locked


@transaction.atomic
def share(
    classifier: Classifier, user: User, may_teach: bool = False, change: Change | None = None
) -> ClassifierShare:
    """Lets one person ask it, and perhaps teach it. Raises OwnershipRefused."""
    locked = lock_owned(classifier)
    if locked.owner_id == user.pk:
        raise OwnershipRefused(_("It belongs to this person already."))
    found = locked.shares.filter(user=user).first()
    if found is None and locked.shares.count() >= MOST_SHARES:
        raise OwnershipRefused(
            _("A classifier is shared with at most %(most)d people. Make it public instead.")
            % {"most": MOST_SHARES}
        )
    if found is not None and found.may_teach == may_teach:
        return found
    found = found or ClassifierShare(classifier=locked, user=user)
    found.may_teach = may_teach
    found.save()
    (change or Change()).save(
        Action.CLASSIFIER_SHARED, locked, [], **{"with": user.email}, may_teach=may_teach
    )
    return found


@transaction.atomic
def unshare(classifier: Classifier, user: User, change: Change | None = None) -> bool:
    """Whether it was shared with this person. Raises OwnershipRefused."""
    locked = lock_owned(classifier)
    deleted, _rows = locked.shares.filter(user=user).delete()
    if deleted:
        (change or Change()).save(Action.CLASSIFIER_UNSHARED, locked, [], **{"with": user.email})
    return bool(deleted)


@transaction.atomic
def delete_classifier(classifier: Classifier, change: Change | None = None) -> None:
    """No new picture reaches it, and nobody finds it. Answers of before stay in histories.

    Its files are deleted a little later (deleting.py), and its rows once nothing needs them.

    Raises OwnershipRefused: it answers who names none, or it has been deleted.
    """
    if classifier.is_default:
        raise OwnershipRefused(
            _("%(classifier)s answers who names no classifier. It cannot be deleted.")
            % {"classifier": classifier}
        )
    locked = lock(classifier)
    answering = locked.versions.exclude(role=ModelVersion.Role.RETIRED)
    answering.update(role=ModelVersion.Role.RETIRED, buckets=[])
    locked.shares.all().delete()
    locked.deleted_at = timezone.now()
    (change or Change()).save(Action.CLASSIFIER_DELETED, locked, ["deleted_at"], title=locked.title)
    classifier_deleted.send(Classifier, classifier=locked)


def lock(classifier: Classifier) -> Classifier:
    """As it is now, kept from other changes. Raises OwnershipRefused."""
    locked: Classifier | None = (
        Classifier.objects.select_for_update().filter(pk=classifier.pk).first()
    )
    if locked is None:
        raise OwnershipRefused(_("This classifier has been deleted."))
    return locked


def lock_owned(classifier: Classifier) -> Classifier:
    """Raises OwnershipRefused."""
    locked = lock(classifier)
    if locked.owner_id is None:
        raise OwnershipRefused(
            _("%(classifier)s belongs to the server, so everybody may ask it.")
            % {"classifier": locked}
        )
    return locked
