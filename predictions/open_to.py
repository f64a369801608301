"""Which classifiers are there for whom."""

from typing import TYPE_CHECKING

from django.db import models

from accounts import rights
from accounts.models import User

if TYPE_CHECKING:
    from predictions.classifiers import Classifier

OF_EVERYBODY = models.Q(owner=None) | models.Q(is_public=True)


class ClassifierQuerySet(models.QuerySet["Classifier"]):
    def open_to(self, user: User) -> "ClassifierQuerySet":
        """Those that this person may ask."""
        if rights.staff_may_now(user, "view", self.model):
            return self
        return self.offered_to(user)

    def offered_to(self, user: User) -> "ClassifierQuerySet":
        """Those that are there for this person, whatever staff may."""
        shared = models.Q(pk__in=user.classifier_shares.values("classifier"))
        return self.filter(OF_EVERYBODY | models.Q(owner=user) | shared)

    def taught_by(self, user: User) -> "ClassifierQuerySet":
        """Those to which this person may give examples, and which they may train."""
        if rights.staff_may_now(user, "change", self.model):
            return self
        return self.entrusted_to(user)

    def entrusted_to(self, user: User) -> "ClassifierQuerySet":
        """Those that are theirs to teach, whatever staff may."""
        shared = user.classifier_shares.filter(may_teach=True).values("classifier")
        return self.filter(models.Q(owner=user) | models.Q(pk__in=shared))

    def with_rights_of(self, user: User) -> "ClassifierQuerySet":
        """Each with `is_shared` with this person, and whether they `may_teach` it then."""
        shared = user.classifier_shares.filter(classifier=models.OuterRef("pk"))
        return self.annotate(
            is_shared=models.Exists(shared), may_teach=models.Exists(shared.filter(may_teach=True))
        )

    def of_server(self) -> "ClassifierQuerySet":
        """Those that operators prepare, and not what people left behind, who made it public."""
        return self.filter(owner=None, is_public=False)

    def of_everybody(self) -> "ClassifierQuerySet":
        """Those that everybody may ask, and so know of."""
        return self.filter(OF_EVERYBODY)


class NotDeleted(models.Manager.from_queryset(ClassifierQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> ClassifierQuerySet:
        kept: ClassifierQuerySet = super().get_queryset().filter(deleted_at=None)
        return kept
