"""The roles of versions as the API reads and writes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from foundation.web import fields
from predictions.classifiers import ModelVersion, RoleChange
from predictions.registry.actions import Action
from predictions.registry.routing import share_of

REQUIRED = "This action needs it."


class NamedVersionSerializer(serializers.ModelSerializer[ModelVersion]):
    class Meta:
        model = ModelVersion
        fields = ["id", "name", "version"]


class AnsweringSerializer(NamedVersionSerializer):
    share = serializers.SerializerMethodField(help_text="Of the people whom it answers, percent.")

    class Meta(NamedVersionSerializer.Meta):
        fields = [*NamedVersionSerializer.Meta.fields, "share"]

    def get_share(self, version: ModelVersion) -> int:
        return share_of(version, self.context["versions"])


class RolesSerializer(serializers.Serializer[Any]):
    """What answers a classifier's new pictures."""

    classifier = serializers.CharField()
    revision = serializers.UUIDField(help_text="Another one after each change.")
    champion = AnsweringSerializer(allow_null=True)
    challengers = AnsweringSerializer(many=True)
    shadows = NamedVersionSerializer(many=True, help_text="They answer, and nobody sees it.")


class RoleChangeSerializer(serializers.ModelSerializer[RoleChange]):
    """Who gave which version another role, and why."""

    version = NamedVersionSerializer()
    champion_before = NamedVersionSerializer(
        allow_null=True, help_text="The one that retired for it, if it became the champion."
    )
    by = serializers.SerializerMethodField(help_text="An email; empty for the command line.")

    class Meta:
        model = RoleChange
        fields = [
            *("id", "created_at", "version", "role_before", "role", "share_before", "share"),
            *("champion_before", "is_rollback", "is_undone", "by", "reason"),
        ]

    @extend_schema_field(serializers.CharField())
    def get_by(self, change: RoleChange) -> str:
        return change.actor_email


class ChangeSerializer(serializers.Serializer[Any]):
    """What is to change."""

    action = serializers.ChoiceField([action.value for action in Action])
    version = serializers.IntegerField(
        required=False, help_text="Its id; `rollback` alone goes without it."
    )
    share = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=100,
        help_text="Of the people whom a challenger answers, in percent.",
    )
    reason = fields.CharField(required=False, default="", allow_blank=True, max_length=300)
    revision = serializers.UUIDField(
        required=False,
        default=None,
        allow_null=True,
        help_text="The one that you have looked at; a change since then is refused.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        needs = {"version"} if attrs["action"] != Action.ROLLBACK else set()
        if attrs["action"] == Action.CHALLENGE:
            needs.add("share")
        if missing := sorted(needs - attrs.keys()):
            raise serializers.ValidationError({name: [REQUIRED] for name in missing})
        return attrs
