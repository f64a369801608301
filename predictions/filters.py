"""Which predictions of a history are asked for, the same way for the API and the pages."""

import re
from typing import Any, cast

from django.db.models import CharField, Exists, Lookup, OuterRef, Q
from django.utils.functional import cached_property
from rest_framework import serializers

from accounts.models import User
from predictions.classifiers import Classifier
from predictions.models import Inference, Prediction
from predictions.querysets import PredictionQuerySet
from predictions.registry.choice import label_sets_known_to
from predictions.registry.label_sets import called
from predictions.registry.routing import UnknownClassifier
from predictions.registry.vocabularies import matching


class HistoryFilter(serializers.Serializer[Any]):
    search = serializers.CharField(
        required=False,
        help_text="A word for the class, in English or Spanish: its name, a synonym, or a "
        "group such as `dog`. Or a part of the file name.",
    )
    label = serializers.CharField(  # type: ignore[assignment]  # a field, not Field.label
        required=False,
        help_text="Exactly this class name, key or synset, of any of your classifiers.",
    )
    model = serializers.CharField(required=False, help_text="Of this classifier.")
    version = serializers.IntegerField(
        required=False, min_value=1, max_value=2**63 - 1, help_text="Of the version with this id."
    )
    status = serializers.ChoiceField(Inference.Status.choices, required=False)
    min_score = serializers.FloatField(required=False, min_value=0, max_value=1)
    max_score = serializers.FloatField(required=False, min_value=0, max_value=1)
    since = serializers.DateTimeField(required=False, help_text="Asked at or after (ISO 8601).")
    until = serializers.DateTimeField(required=False, help_text="Asked before (ISO 8601).")
    feedback = serializers.ChoiceField(
        ["given", "none", "right", "wrong", "unknown"],
        required=False,
        help_text="Whether there is feedback, or what it last said; `unknown`: neither.",
    )

    LOOKUPS = {
        "model": "inference__model_version__classifier__name",
        "version": "inference__model_version",
        "status": "inference__status",
        "min_score": "inference__score__gte",
        "max_score": "inference__score__lte",
        "since": "created_at__gte",
        "until": "created_at__lt",
    }

    @property
    def user(self) -> User:
        """Whose history it is, from the context."""
        return cast(User, self.context["user"])

    def validate_model(self, name: str) -> str:
        """One that this person may ask, or whose answers they have."""
        answered = Q(versions__inference__predictions__user=self.user)
        if not (
            Classifier.objects.open_to(self.user).filter(name=name).exists()
            or Classifier.everything.filter(answered, name=name).exists()
        ):
            raise serializers.ValidationError(str(UnknownClassifier(name, self.user)))
        return name

    @cached_property
    def label_sets(self) -> list[int]:
        """Of which a person's words may mean a class."""
        return label_sets_known_to(self.user)

    def apply(self, predictions: PredictionQuerySet) -> PredictionQuerySet:
        """Raises ValidationError, with a message for each invalid parameter."""
        self.is_valid(raise_exception=True)
        asked = dict(self.validated_data)
        search, label = asked.pop("search", None), asked.pop("label", None)
        feedback, everything = asked.pop("feedback", None), predictions
        if search is not None:
            predictions = predictions.filter(
                pk__in=that_show(everything, search.strip(), self.label_sets)
            )
        if feedback is not None:
            predictions = predictions.filter(said(everything, feedback))
        if label is not None:
            classes = called(label, self.label_sets)
            predictions = predictions.filter(
                inference__label__in={found.name for found in classes},
                inference__class_key__in={found.key for found in classes},
            )
        return predictions.filter(**{self.LOOKUPS[name]: value for name, value in asked.items()})


def that_show(predictions: PredictionQuerySet, words: str, label_sets: list[int]) -> Any:
    """The ids of those whose answer is a class with these words, or whose file name has them.

    Two statements in one, of which the first uses the index of the labels. As two conditions of
    one statement, each picture and its answer would be read.
    """
    ids, classes = predictions.order_by().values("pk"), matching(words, label_sets)
    keys, labels = {key for key, _ in classes}, {label for _, label in classes}
    by_class = ids.filter(inference__label__in=labels, inference__class_key__in=keys)
    return by_class.union(ids.filter(file_name__ilike=words), all=True)


@CharField.register_lookup
class ILike(Lookup):
    """That a text is part of another, in any case.

    PostgreSQL knows from the column's values how rare that is, and plans accordingly. Django's
    `icontains` compares UPPER(column), of which it knows nothing: the rarer the word, the slower.
    """

    lookup_name = "ilike"

    def get_prep_lookup(self) -> str:
        return "%{}%".format(re.sub(r"([\\%_])", r"\\\1", self.rhs))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, parameters = self.process_lhs(compiler, connection)
        right, more = self.process_rhs(compiler, connection)
        return f"{left} ILIKE {right}", (*parameters, *more)


def said(predictions: PredictionQuerySet, feedback: str) -> Q:
    """That this was said of them, for these predictions alone."""
    # Not joins: what was said twice would list its picture twice.
    ids = predictions.order_by().values("pk")
    if feedback in ("given", "none"):
        given = Q(pk__in=ids.filter(feedback__isnull=False))
        return given if feedback == "given" else ~given
    later = Prediction.objects.filter(pk=OuterRef("pk"), feedback__pk__gt=OuterRef("feedback__pk"))
    if feedback == "unknown":
        return ~Q(pk__in=ids.filter(~Exists(later), feedback__correct__isnull=False))
    return Q(pk__in=ids.filter(~Exists(later), feedback__correct=feedback == "right"))
