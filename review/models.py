"""What reviewers should look at, and what they decide.

What people say stays as they said it (feedback). A reviewer's decision stands beside it, and the
latest one of a picture is its verified label.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from feedback.models import Feedback
from predictions.classifiers import Classifier, ModelVersion
from predictions.models import Image, Inference, Prediction


class Queue(models.TextChoices):
    FEEDBACK = "feedback", _("Feedback waiting")
    WRONG = "wrong", _("Sure, but called wrong")
    UNCERTAIN = "uncertain", _("Most uncertain")
    DISAGREEMENT = "disagreement", _("Versions disagree")
    SAMPLE = "sample", _("Random sample")

    @property
    def rank(self) -> str:
        """The field of Entry that orders it."""
        return f"{self.value}_rank"


class EntryQuerySet(models.QuerySet["Entry"]):
    def waiting(self, queue: Queue, classifier: Classifier) -> "EntryQuerySet":
        """Those of a queue that nobody has decided, in its order; also those leased."""
        return self.filter(
            **{f"{queue.rank}__isnull": False},
            classifier=classifier,
            finished_at=None,
            prediction__deleted_at=None,
            image__file_deleted_at=None,
        ).order_by(queue.rank, "pk")

    def free(self, now: datetime) -> "EntryQuerySet":
        """Those that nobody holds."""
        return self.filter(Q(leased_until=None) | Q(leased_until__lte=now))


class Entry(models.Model):
    """One picture that reviewers should look at, as one classifier answered it.

    In each queue that it waits in, it has a rank: the lowest comes first.
    """

    classifier = models.ForeignKey(Classifier, on_delete=models.CASCADE, db_index=False)
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="review_entries")
    inference = models.ForeignKey(Inference, on_delete=models.CASCADE, related_name="+")
    prediction = models.ForeignKey(Prediction, on_delete=models.CASCADE, related_name="+")
    feedback = models.ForeignKey(Feedback, on_delete=models.SET_NULL, null=True, related_name="+")
    feedback_rank = models.FloatField(null=True)
    wrong_rank = models.FloatField(null=True)
    uncertain_rank = models.FloatField(null=True)
    disagreement_rank = models.FloatField(null=True)
    sample_rank = models.FloatField(null=True)
    skipped_by = ArrayField(models.BigIntegerField(), default=list)
    leased_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    leased_until = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        default_permissions = []
        constraints = [
            # Several queues may want the same picture: it is looked at once.
            models.UniqueConstraint(fields=["classifier", "image"], name="review_entry_unique")
        ]
        indexes = [
            models.Index(
                fields=["classifier", queue.rank, "id"],
                condition=Q(finished_at=None) & Q(**{f"{queue.rank}__isnull": False}),
                name=f"review_{queue}",
            )
            for queue in Queue
        ]

    def __str__(self) -> str:
        return str(self.image)


class SampledPrediction(models.Model):
    """An answer of the random sample of its week, from which the accuracy is estimated."""

    prediction = models.OneToOneField(Prediction, on_delete=models.CASCADE, related_name="+")
    classifier = models.ForeignKey(
        Classifier, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    week = models.DateField(help_text="Its Monday, in UTC.")

    class Meta:
        default_permissions = []
        indexes = [models.Index(fields=["classifier", "week"], name="review_sampled")]

    def __str__(self) -> str:
        return f"{self.prediction_id} of {self.week}"


def monday_of(moment: datetime | date) -> date:
    day = moment.date() if isinstance(moment, datetime) else moment
    return day - timedelta(days=day.weekday())


class DecisionQuerySet(models.QuerySet["Decision"]):
    def current(self) -> "DecisionQuerySet":
        return self.filter(replaced_at=None)

    def verified(self) -> "DecisionQuerySet":
        """The verified labels. One without a class says that the picture shows none of them."""
        return self.current().filter(is_label=True)

    def of_sample(self) -> "DecisionQuerySet":
        """Those of pictures in the random sample."""
        sampled = SampledPrediction.objects.filter(
            prediction__image=models.OuterRef("image"), classifier=models.OuterRef("classifier")
        )
        return self.filter(models.Exists(sampled))


class Decision(models.Model):
    """What one reviewer decided about a picture. Never changed: the next one replaces it."""

    class Verdict(models.TextChoices):
        ACCEPTED = "accepted", _("the answer is right")
        CORRECTED = "corrected", _("another class")
        NONE = "none", _("none of the classes")
        REJECTED = "rejected", _("feedback rejected")

    class Source(models.TextChoices):
        FEEDBACK = Queue.FEEDBACK.value, Queue.FEEDBACK.label
        WRONG = Queue.WRONG.value, Queue.WRONG.label
        UNCERTAIN = Queue.UNCERTAIN.value, Queue.UNCERTAIN.label
        DISAGREEMENT = Queue.DISAGREEMENT.value, Queue.DISAGREEMENT.label
        SAMPLE = Queue.SAMPLE.value, Queue.SAMPLE.label
        PAGE = "page", _("Changed later")
        IMPORT = "import", _("Imported data set")

    classifier = models.ForeignKey(
        Classifier, on_delete=models.CASCADE, related_name="decisions", db_index=False
    )
    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="decisions")
    inference = models.ForeignKey(
        Inference,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="The answer that the reviewer saw.",
    )
    # As it was, so that figures of many decisions need not read the answers.
    answered_key = models.CharField("answer", max_length=64, blank=True, help_text="Its class.")
    model_version = models.ForeignKey(
        ModelVersion,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        help_text="Which answered.",
    )
    feedback = models.ForeignKey(
        Feedback,
        on_delete=models.SET_NULL,
        null=True,
        related_name="decisions",
        help_text="What the reviewer knew that a person said.",
    )
    verdict = models.CharField(max_length=9, choices=Verdict.choices)
    is_label = models.BooleanField(help_text="Whether it says what the picture shows.")
    class_key = models.CharField(
        "class", max_length=64, blank=True, help_text="Empty with a label: none of the classes."
    )
    label = models.CharField(max_length=200, blank=True, help_text="Name of the class, then.")
    queue = models.CharField(max_length=12, choices=Source.choices)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="decisions"
    )
    decided_at = models.DateTimeField()
    replaces = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    replaced_at = models.DateTimeField(null=True, help_text="Empty: it stands.")
    is_undone = models.BooleanField(default=False, help_text="By who decided it.")

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_at", "-id"]
        default_permissions = ["add", "view"]
        constraints = [
            models.UniqueConstraint(
                fields=["classifier", "image"],
                condition=Q(replaced_at=None),
                name="review_one_decision_stands",
            )
        ]
        indexes = [
            models.Index(fields=["classifier", "-decided_at"], name="review_decided"),
            models.Index(fields=["decided_by", "-decided_at"], name="review_decided_by"),
            # What is taken for what; with the columns that it is filtered by.
            models.Index(
                fields=["classifier", "answered_key", "class_key"],
                include=["model_version", "decided_at", "image"],
                condition=Q(replaced_at=None, is_label=True),
                name="review_confusion",
            ),
        ]

    def __str__(self) -> str:
        return self.label or self.get_verdict_display()

    def as_detail(self) -> dict[str, Any]:
        """For the audit log."""
        return {
            "classifier": self.classifier.name,
            "verdict": self.verdict,
            "class_key": self.class_key,
            "queue": self.queue,
        }
