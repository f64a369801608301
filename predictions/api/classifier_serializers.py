"""Classifiers and whom they are shared with, as the API reads and writes them."""

from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from accounts import rights
from accounts.models import User
from accounts.services import user_of
from foundation.web import fields
from predictions.api.model_serializers import VersionSerializer, champion_in
from predictions.classifiers import Classifier, ClassifierShare
from predictions.registry.ownership import TITLE_MOST

NOTHING_SENT = "Send title, is_public, threshold or class_thresholds."


class ClassifierSerializer(serializers.ModelSerializer[Classifier]):
    """A classifier, and what answers those who take part in no experiment of it."""

    champion = serializers.SerializerMethodField(help_text="Null until one was promoted.")
    labels = serializers.SerializerMethodField(help_text="How many classes the champion knows.")
    threshold = serializers.FloatField(
        source="usual_threshold", help_text="Answers with a lower probability are not `confident`."
    )
    class_thresholds = serializers.DictField(
        child=serializers.FloatField(), help_text="Thresholds of single classes, by their keys."
    )

    is_own = serializers.SerializerMethodField(help_text="Whether it is yours.")
    may_teach = serializers.SerializerMethodField(
        help_text="Whether it is yours, or shared with you so that you teach it, too."
    )
    owner = serializers.SerializerMethodField(
        help_text="Email of whom it belongs to, for those it is shared with and for staff; null if "
        "it is the server's."
    )

    class Meta:
        model = Classifier
        fields = [
            *("name", "title", "champion", "labels", "threshold", "class_thresholds"),
            *("is_own", "is_public", "may_teach", "owner"),
        ]

    @extend_schema_field(VersionSerializer(allow_null=True))
    def get_champion(self, classifier: Classifier) -> dict[str, Any] | None:
        champion = champion_in(classifier)
        return None if champion is None else VersionSerializer(champion).data

    def get_labels(self, classifier: Classifier) -> int:
        champion = champion_in(classifier)
        return 0 if champion is None else int(champion.manifest["classes"])

    @property
    def user(self) -> User:
        return user_of(self.context["request"])

    def get_is_own(self, classifier: Classifier) -> bool:
        return classifier.owner_id == self.user.pk

    def get_may_teach(self, classifier: Classifier) -> bool:
        shared: bool = classifier.may_teach  # type: ignore[attr-defined]  # see with_rights_of
        return shared or self.get_is_own(classifier)

    def get_owner(self, classifier: Classifier) -> str | None:
        """Not for those who may ask it only because everybody may."""
        knows = self.get_is_own(classifier) or classifier.is_shared  # type: ignore[attr-defined]
        if knows or rights.staff_may_now(self.user, "view", Classifier):
            return classifier.owner.email if classifier.owner else None
        return None


class ByClass(serializers.DictField):
    """Probabilities by class; what is wrong with them is said in a list, as of other fields."""

    child = fields.FloatField(min_value=0, max_value=1)

    def run_child_validation(self, data: Any) -> dict[str, float]:
        try:
            return super().run_child_validation(data)
        except ValidationError as error:
            wrong = cast(dict[str, list[str]], error.detail)
            raise ValidationError([f"{key}: {said[0]}" for key, said in wrong.items()]) from error


class Flag(fields.BooleanField):
    """One that a form may leave out; REST framework takes that for false."""

    default_empty_html = serializers.empty


class NewClassifierSerializer(serializers.Serializer[Any]):
    title = fields.CharField(max_length=TITLE_MOST, help_text="Its name is made from it.")


class PatchSerializer(serializers.Serializer[Any]):
    """What is to change; `class_thresholds` replaces all that there were."""

    title = fields.CharField(required=False, max_length=TITLE_MOST)
    is_public = Flag(required=False, help_text="Whether everybody may ask it.")
    threshold = fields.FloatField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=1,
        help_text="Null: that of the service, `UNSURE_BELOW`.",
    )
    class_thresholds = ByClass(required=False, help_text="By the keys of its classes.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise ValidationError({"threshold": [NOTHING_SENT]})
        return attrs


class ShareSerializer(serializers.ModelSerializer[ClassifierShare]):
    """One person who may ask a classifier."""

    email = fields.EmailField(source="user.email", max_length=254)
    may_teach = Flag(required=False, default=False, help_text="And give it examples, and train it.")

    class Meta:
        model = ClassifierShare
        fields = ["email", "may_teach", "created_at"]
        read_only_fields = ["created_at"]
