"""Classifiers, their versions, and which of these answer."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from predictions.open_to import ClassifierQuerySet, NotDeleted

# What answers a request that names no classifier.
DEFAULT = "imagenet"


class LabelSet(models.Model):
    """What the outputs of a model mean, in their order. Never changed, only added."""

    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    classes = models.JSONField(help_text="Key, name and synset (or nothing) of each output.")

    def __str__(self) -> str:
        return self.sha256[:8]


class Classifier(models.Model):
    """A question that is asked of pictures, and who answers it at present."""

    name = models.SlugField(max_length=64, unique=True)
    title = models.CharField(max_length=100)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,  # what is private was deleted before, see ownership.py
        null=True,
        blank=True,
        related_name="classifiers",
        help_text="Empty: the server's, which is open to all.",
    )
    # Without an owner, it is what somebody left behind whose account was deleted.
    is_public = models.BooleanField(
        "public", default=False, help_text="Everybody on this server may ask it."
    )
    threshold = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Answers with a lower probability are not sure. Empty: UNSURE_BELOW.",
    )
    class_thresholds = models.JSONField(
        default=dict, blank=True, help_text="Thresholds of single classes, by their keys."
    )
    # Renewed with each change of what answers. Statements that record a picture name the one they
    # know, so a process acts on roles of before in no case, and asks only when they have changed.
    revision = models.UUIDField(default=uuid.uuid4, editable=False)
    # Renewed with each first challenger; decides who gets which version.
    experiment = models.UUIDField(default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(
        "deleted", null=True, blank=True, help_text="Its answers stay in people's histories."
    )
    files_deleted_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = NotDeleted()
    # With those that only answers of before still name.
    everything = ClassifierQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_default(self) -> bool:
        return self.name == DEFAULT

    @property
    def is_servers(self) -> bool:
        """Prepared by operators, as ClassifierQuerySet.of_server."""
        return self.owner_id is None and not self.is_public

    @property
    def is_everybodys(self) -> bool:
        """Everybody may ask it, and so knows of it, as ClassifierQuerySet.of_everybody."""
        return self.owner_id is None or self.is_public

    @property
    def usual_threshold(self) -> float:
        """Of the classes that have none of their own."""
        return float(settings.UNSURE_BELOW if self.threshold is None else self.threshold)

    def threshold_of(self, key: str) -> float:
        """The least probability with which an answer of this class counts as sure."""
        return float(self.class_thresholds.get(key, self.usual_threshold))


class ClassifierShare(models.Model):
    """One person whom the owner of a classifier lets ask it, and perhaps teach it."""

    classifier = models.ForeignKey(
        Classifier, on_delete=models.CASCADE, related_name="shares", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="classifier_shares"
    )
    may_teach = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            # Its index begins with the classifier.
            models.UniqueConstraint(fields=["classifier", "user"], name="classifier_share_unique")
        ]

    def __str__(self) -> str:
        return f"{self.classifier}: {self.user}"


class ModelVersion(models.Model):
    """A model as it answers: weights, preprocessing and precision. Never changed but for its role.

    An ensemble has members instead of weights of its own.
    """

    class Role(models.TextChoices):
        CHAMPION = "champion", _("champion")
        CHALLENGER = "challenger", _("challenger")
        SHADOW = "shadow", _("shadow")
        RETIRED = "retired", _("retired")

    classifier = models.ForeignKey(Classifier, on_delete=models.PROTECT, related_name="versions")
    label_set = models.ForeignKey(LabelSet, on_delete=models.PROTECT)
    name = models.CharField(max_length=64)
    version = models.CharField(max_length=64, help_text="Of weights, recipe and precision.")
    precision = models.CharField(max_length=8)
    manifest = models.JSONField(help_text="What the model store says of it.")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.RETIRED)
    # Of 100 equal parts of the people; kept as they are while the experiment runs, so nobody
    # changes version because another's share does.
    buckets = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["classifier", "name", "version"], name="model_version_unique"
            ),
            models.UniqueConstraint(
                fields=["classifier"],
                condition=models.Q(role="champion"),
                name="model_version_one_champion",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def share(self) -> int:
        """Of the people, in percent, whom it answers as a challenger."""
        return len(self.buckets)

    @property
    def title(self) -> str:
        return str(self.manifest.get("title", self.name))

    @property
    def agreement(self) -> float | None:
        """Which share of f32's answers its network gives, 0 to 1; None if that was not measured."""
        compared = self.manifest.get("precisions") or {}
        agreement: float | None = compared.get("agreement", {}).get(self.precision)
        return agreement


class EnsembleMember(models.Model):
    """One of the versions whose probabilities an ensemble averages."""

    ensemble = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="members")
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="ensembles")
    weight = models.FloatField(default=1.0, validators=[MinValueValidator(0.0)])

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["ensemble", "version"], name="ensemble_member_unique")
        ]

    def __str__(self) -> str:
        return f"{self.version} × {self.weight:g}"


class RoleChange(models.Model):
    """Who gave which version another role, and why; what a rollback goes back by."""

    classifier = models.ForeignKey(
        Classifier, on_delete=models.CASCADE, related_name="role_changes"
    )
    version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="role_changes")
    role_before = models.CharField(max_length=10, choices=ModelVersion.Role.choices)
    role = models.CharField(max_length=10, choices=ModelVersion.Role.choices)
    share_before = models.PositiveSmallIntegerField(default=0, help_text="Percent.")
    share = models.PositiveSmallIntegerField(default=0, help_text="Percent.")
    champion_before = models.ForeignKey(
        ModelVersion, on_delete=models.PROTECT, null=True, related_name="+"
    )
    is_rollback = models.BooleanField(default=False)
    is_undone = models.BooleanField(default=False, help_text="By a rollback.")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True)
    actor_email = models.CharField("who", max_length=254, blank=True, help_text="At that time.")
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["classifier", "-created_at"], name="role_change_latest")]

    def __str__(self) -> str:
        return f"{self.version}: {self.role_before} → {self.role}"

    def as_dict(self) -> dict[str, Any]:
        """For the audit log."""
        return {
            "classifier": self.classifier.name,
            "version": str(self.version),
            "from": str(self.role_before),
            "to": str(self.role),
            "share_before": self.share_before,
            "share": self.share,
            "champion_before": self.champion_before and str(self.champion_before),
            "reason": self.reason,
        }
