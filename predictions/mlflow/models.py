"""What MLflow has yet to be told."""

from django.db import models
from django.utils import timezone

from predictions.classifiers import Classifier, ModelVersion


class Pending(models.Model):
    """A version that is to be logged or, without one, a classifier whose aliases are to be set.

    It says neither what of it nor to which values: those are read when it is sent.
    """

    classifier = models.ForeignKey(Classifier, on_delete=models.CASCADE, related_name="+")
    version = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+", null=True)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True, help_text="Of the last attempt.")

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return str(self.version or f"the roles of {self.classifier}")
