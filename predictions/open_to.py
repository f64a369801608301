"""Which classifiers are there for whom."""

from typing import TYPE_CHECKING

from django.db import models

from accounts import rights
from accounts.models import User

if TYPE_CHECKING:
    from predictions.classifiers import Classifier


class ClassifierQuerySet(models.QuerySet["Classifier"]):
    def open_to(self, user: User) -> "ClassifierQuerySet":
        """Those that this person may ask."""
        if rights.staff_may_now(user, "view", self.model):
            return self
        return self.offered_to(user)

    def offered_to(self, user: User) -> "ClassifierQuerySet":
        """Those that are there for this person, whatever staff may."""
        shared = models.Q(pk__in=user.classifier_shares.values("classifier"))
        everybody = models.Q(owner=None) | models.Q(is_public=True)
        return self.filter(everybody | models.Q(owner=user) | shared)

    def taught_by(self, user: User) -> "ClassifierQuerySet":
        """Those to which this person may give examples, and which they may train."""
        if rights.staff_may_now(user, "change", self.model):
            return self
        shared = user.classifier_shares.filter(may_teach=True).values("classifier")
        return self.filter(models.Q(owner=user) | models.Q(pk__in=shared))

    def of_server(self) -> "ClassifierQuerySet":
        return self.filter(owner=None)


class NotDeleted(models.Manager.from_queryset(ClassifierQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> ClassifierQuerySet:
        kept: ClassifierQuerySet = super().get_queryset().filter(deleted_at=None)
        return kept
