"""What people teach: classes, pictures that show them, and what came of learning from these."""

from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext

from learning.background import BackgroundWork, Unpacking, Written
from predictions.classifiers import Classifier, ModelVersion
from predictions.inference.label_files import LONGEST
from predictions.inference.labels import NONE_KEY
from predictions.models import Image, Prediction


class TaughtClass(models.Model):
    """A class that a classifier learns, with the pictures that show it."""

    classifier = models.ForeignKey(
        Classifier,
        on_delete=models.CASCADE,
        related_name="taught_classes",
        db_index=False,  # the constraint's index begins with it
    )
    key = models.SlugField(max_length=LONGEST, db_index=False, help_text="Never changes.")
    name = models.CharField(max_length=LONGEST)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "taught classes"
        constraints = [
            models.UniqueConstraint(fields=["classifier", "key"], name="taught_class_key_unique"),
            models.UniqueConstraint("classifier", Lower("name"), name="taught_class_name_unique"),
        ]

    def __str__(self) -> str:
        return gettext(self.name) if self.is_none else self.name

    @property
    def is_none(self) -> bool:
        """Whether its pictures show none of the classes."""
        return self.key == NONE_KEY

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """With a picture that is being added at this moment, for which it waits."""
        with transaction.atomic():
            TaughtClass.objects.select_for_update().filter(pk=self.pk).first()
            return super().delete(*args, **kwargs)


class Examples(models.QuerySet["Example"]):
    def kept(self) -> "Examples":
        """Without those whose owner has put the prediction into the trash."""
        return self.filter(prediction__deleted_at=None)

    def of(self, classifier: Classifier) -> "Examples":
        return self.kept().filter(taught_class__classifier=classifier)

    def readable(self) -> "Examples":
        return self.filter(problem="")


class Example(models.Model):
    """A picture that somebody says shows a class."""

    taught_class = models.ForeignKey(
        TaughtClass,
        on_delete=models.CASCADE,
        related_name="examples",
        db_index=False,  # the constraint's index begins with it
    )
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="examples")
    prediction = models.ForeignKey(
        Prediction,
        on_delete=models.CASCADE,
        null=True,
        related_name="examples",
        help_text="If it was picked from the history: it goes with it.",
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="examples"
    )
    file_name = models.CharField(max_length=255)
    problem = models.CharField(
        max_length=300, blank=True, help_text="Why nothing can be learned from it."
    )
    # Nearly the same picture; both are in one part of each cross-validation.
    twin = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+")
    confirmed_at = models.DateTimeField(
        null=True, help_text="Somebody looked again, and the class is right."
    )
    looked_at = models.DateTimeField(null=True, help_text="Its features are stored since then.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = Examples.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["taught_class", "image"], name="example_class_image_unique"
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(looked_at=None, problem=""),
                name="example_not_looked_at",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name


class Features(models.Model):
    """What a network says of the views of a picture, computed once: see training/views.py."""

    image = models.ForeignKey(
        Image,
        on_delete=models.CASCADE,
        related_name="features",
        db_index=False,  # the constraint's index begins with it
    )
    network = models.CharField(max_length=140, help_text="Name, version and precision.")
    content = models.BinaryField(help_text="Little-endian float16, view by view.")

    class Meta:
        verbose_name_plural = "features"
        constraints = [
            models.UniqueConstraint(fields=["image", "network"], name="features_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.image_id} {self.network}"


class Training(BackgroundWork):
    """One time of learning from all examples of a classifier."""

    classifier = models.ForeignKey(
        Classifier, on_delete=models.CASCADE, related_name="trainings", db_index=False
    )
    deeper = models.BooleanField(default=False, help_text="It learns on a larger network.")
    # Learning the same again gives the same version.
    version = models.ForeignKey(
        ModelVersion, on_delete=models.SET_NULL, null=True, related_name="trainings"
    )
    figures = models.JSONField(default=dict, help_text="As training/learn.py says them.")
    # How it compares with the version in use, on the same pictures, none of which either has seen.
    comparison = models.JSONField(default=dict)
    examples = models.PositiveIntegerField(default=0, help_text="Pictures it has learned from.")

    class Meta(BackgroundWork.Meta):
        indexes = [models.Index(fields=["classifier", "-created_at"], name="training_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["classifier"],
                condition=models.Q(status__in=["queued", "running"]),
                name="training_one_at_a_time",
            ),
        ]

    def get_absolute_url(self) -> str:
        return reverse("training-page", args=[self.classifier.name, self.pk])

    @property
    def deleted(self) -> int:
        """Pictures that have been deleted since it learned from them."""
        return self.outcomes.filter(example=None).count()


class Outcomes(models.QuerySet["Outcome"]):
    def suspects(self) -> "Outcomes":
        """Of examples that are probably in the wrong class, and have not been looked at since."""
        return self.exclude(suggested="").filter(
            example__taught_class__key=models.F("truth"),
            example__confirmed_at=None,
            example__prediction__deleted_at=None,
        )


class Outcome(models.Model):
    """What a training said of an example that it had not learned from at that moment."""

    training = models.ForeignKey(
        Training, on_delete=models.CASCADE, related_name="outcomes", db_index=False
    )
    example = models.ForeignKey(
        Example, on_delete=models.SET_NULL, null=True, related_name="outcomes"
    )
    truth = models.CharField(max_length=LONGEST, help_text="Key of the class it was in.")
    said = models.CharField(
        max_length=LONGEST, blank=True, help_text="Empty: it was the only one of its class."
    )
    score = models.FloatField(null=True, help_text="Probability of what was said.")
    score_of_truth = models.FloatField(null=True)
    suggested = models.CharField(
        max_length=LONGEST, blank=True, help_text="The class it probably belongs to."
    )

    objects = Outcomes.as_manager()

    class Meta:
        ordering = ["score_of_truth", "id"]
        indexes = [
            models.Index(fields=["training", "truth", "said"], name="outcome_cell"),
        ]

    def __str__(self) -> str:
        return f"{self.truth} → {self.said}"


class Archive(Unpacking):
    """A ZIP with a folder for each class, whose pictures become examples."""

    classifier = models.ForeignKey(Classifier, on_delete=models.CASCADE, related_name="archives")
    file = models.FileField(upload_to="archives/%Y/%m/%d")

    class Meta(BackgroundWork.Meta):
        indexes = [models.Index(fields=["classifier", "-created_at"], name="archive_latest")]


class Package(Written):
    """A version as a ZIP: written for somebody to take away, or brought by somebody."""

    classifier = models.ForeignKey(Classifier, on_delete=models.CASCADE, related_name="packages")
    is_import = models.BooleanField(default=False)
    may_bring_network = models.BooleanField(
        default=False, help_text="Whoever brings it may bring one with a network of its own."
    )
    version = models.ForeignKey(
        ModelVersion, on_delete=models.CASCADE, null=True, related_name="packages"
    )
    file = models.FileField(upload_to="packages/%Y/%m/%d", blank=True)

    class Meta(BackgroundWork.Meta):
        indexes = [models.Index(fields=["classifier", "-created_at"], name="package_latest")]

    @property
    def is_there(self) -> bool:
        return not self.is_import and super().is_there
