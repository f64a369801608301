"""What people say about predictions."""

from typing import Any

from django.conf import settings
from django.db import models

from predictions.classifiers import Classifier
from predictions.models import Prediction


class Feedback(models.Model):
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="feedback",
        db_index=False,  # `feedback_of_a_person` begins with it
    )
    # When a picture is deleted, its feedback is kept without the picture.
    prediction = models.ForeignKey(
        Prediction, on_delete=models.SET_NULL, null=True, blank=True, related_name="feedback"
    )
    feedback = models.TextField(max_length=2000, blank=True, help_text="In their own words.")
    correct = models.BooleanField(null=True, blank=True, help_text="Was the prediction right?")
    label = models.CharField(
        max_length=200, blank=True, help_text="What the picture shows, when it was wrong."
    )
    classifier = models.ForeignKey(
        Classifier,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="feedback",
        help_text="Whose answer it is about; kept when the picture is deleted.",
    )
    class_key = models.CharField(
        "class",
        max_length=64,
        blank=True,
        editable=False,
        help_text="Key of the class that the label names. Empty for free text.",
    )
    predicted_class = models.CharField(max_length=200)
    score = models.FloatField()
    image_file_name = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    noticed_at = models.DateTimeField(
        null=True, editable=False, help_text="When it came before reviewers."
    )

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "feedback"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(score__gte=0, score__lte=1), name="feedback_score_is_probability"
            )
        ]
        indexes = [
            models.Index(fields=["user", "id"], name="feedback_of_a_person"),
            models.Index(
                fields=["id"],
                condition=models.Q(noticed_at=None),
                name="feedback_unnoticed",
            ),
        ]

    def __str__(self) -> str:
        return self.feedback or {True: "right", False: "wrong", None: "no verdict"}[self.correct]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """What is said anew comes before reviewers anew."""
        self.noticed_at = None
        super().save(*args, **kwargs)
