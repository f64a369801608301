"""Comparisons as the API writes and reads them."""

from typing import Any

from django.db import DataError
from rest_framework import serializers

from accounts.models import User
from foundation.web import fields
from predictions.api.role_serializers import NamedVersionSerializer
from predictions.classifiers import Classifier, ModelVersion
from predictions.comparisons.disagreements import WHICH
from predictions.comparisons.models import Comparison
from predictions.comparisons.selection import MOST
from predictions.registry.vocabularies import vocabulary_of

STATUSES = [("running", "Running"), ("finished", "Finished"), ("cancelled", "Cancelled")]
UNKNOWN_CLASS = "No class has this name."


class StartSerializer(serializers.Serializer[Any]):
    """Two versions of the classifier, and the pictures."""

    first = serializers.IntegerField(help_text="The id of a version.")
    second = serializers.IntegerField(help_text="The id of another version of this classifier.")
    pictures = serializers.ChoiceField(
        Comparison.Pictures.choices,
        help_text="`known`: all whose class is known from feedback; `latest`: as many as `number`; "
        "`class`: those that show the class, by an answer or by feedback.",
    )
    number = serializers.IntegerField(
        default=MOST, min_value=1, max_value=MOST, help_text="Of the latest."
    )
    class_name = fields.CharField(
        default="", allow_blank=True, max_length=200, help_text="The key or the name of the class."
    )

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """With versions in place of their ids, and `class_key`."""
        asked: dict[str, Any] = super().to_internal_value(data)
        for which in WHICH:
            asked[which] = version_of(which, asked[which], self.context["user"])
        asked["class_key"] = ""
        if asked["pictures"] == Comparison.Pictures.CLASS:
            vocabulary, said = vocabulary_of(asked["first"].label_set_id), asked["class_name"]
            found = vocabulary.choice(said, "en") or vocabulary.recognise(said, "en")
            if found is None:
                raise serializers.ValidationError({"class_name": [UNKNOWN_CLASS]})
            asked["class_key"] = found.key
        return asked


def version_of(field: str, pk: int, user: User) -> ModelVersion:
    """Of a classifier that is open to this person. Raises ValidationError."""
    opened = ModelVersion.objects.filter(classifier__in=Classifier.objects.open_to(user))
    try:
        return opened.select_related("classifier").get(pk=pk)
    except (ModelVersion.DoesNotExist, DataError) as error:
        raise serializers.ValidationError({field: [f"Version {pk} does not exist."]}) from error


class StartedSerializer(serializers.Serializer[Any]):
    """A comparison that has begun; its figures are at the Location."""

    id = serializers.UUIDField()
    number = serializers.IntegerField(help_text="Of pictures.")


class AccuracySerializer(serializers.Serializer[Any]):
    right = serializers.IntegerField(help_text="Pictures.")
    of = serializers.IntegerField(help_text="Pictures whose class is known.")
    share = serializers.FloatField()
    low = serializers.FloatField(help_text="Of Wilson's 95 % interval.")
    high = serializers.FloatField()


class PairedSerializer(serializers.Serializer[Any]):
    """Both on the pictures whose class is known."""

    first = AccuracySerializer()
    second = AccuracySerializer()
    only_first = serializers.IntegerField(help_text="Pictures that the first alone has right.")
    only_second = serializers.IntegerField()
    p_value = serializers.FloatField(help_text="McNemar's exact test.")
    better = serializers.ChoiceField(
        WHICH, allow_blank=True, help_text="Empty: no difference can be shown."
    )


class DifferingAnswerSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(help_text="Of the class.")
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not Field.label
    score = serializers.FloatField(help_text="Probability, rounded to four places.")


class DisagreementSerializer(serializers.Serializer[Any]):
    """A picture to which the versions give different answers."""

    image_md5 = serializers.CharField(source="md5")
    truth = serializers.CharField(help_text="The key of the class; empty if it is not known.")
    first = DifferingAnswerSerializer()
    second = DifferingAnswerSerializer()

    def to_representation(self, row: dict[str, Any]) -> dict[str, Any]:
        said = {
            which: {
                "key": row[f"{which}_class_key"],
                "label": row[f"{which}_label"],
                "score": round(row[f"{which}_score"], 4),
            }
            for which in WHICH
        }
        truth = self.context["truths"].get(row["pk"], "")
        return {"image_md5": row["md5"], "truth": truth, **said}


class ComparisonSerializer(serializers.Serializer[Any]):
    """How far a comparison is, and what it says so far."""

    id = serializers.UUIDField()
    classifier = serializers.CharField()
    first = NamedVersionSerializer()
    second = NamedVersionSerializer()
    pictures = serializers.ChoiceField(Comparison.Pictures.choices)
    class_key = serializers.CharField(help_text="Empty unless it is about one class.")
    status = serializers.ChoiceField(STATUSES)
    created_at = serializers.DateTimeField()
    total = serializers.IntegerField(help_text="Pictures, without those deleted since.")
    done = serializers.IntegerField(help_text="Of these, answered by both.")
    failed = serializers.IntegerField()
    agree = serializers.IntegerField(help_text="Of those done: with the same answer.")
    paired = PairedSerializer(allow_null=True, help_text="Null: no picture's class is known.")
    disagreements = DisagreementSerializer(
        many=True, help_text="Those of which both are most certain first, a page at a time."
    )
