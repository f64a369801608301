"""People and tokens as the API reads and writes them."""

from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from rest_framework import serializers

from accounts import guesses
from accounts.models import EMAIL_TAKEN, WRONG_PASSWORD, User, not_reserved
from accounts.passwords import compose
from foundation.web import fields

ACCESS = {"email", "password"}  # with which one signs in


class LoginSerializer(serializers.Serializer[Any]):
    """OAuth2's password grant (RFC 6749, section 4.3.2): `username` holds the email."""

    username = fields.CharField(help_text="The email.")
    password = fields.CharField(trim_whitespace=False, style={"input_type": "password"})
    grant_type = fields.CharField(required=False, allow_blank=True)
    scope = fields.CharField(required=False, allow_blank=True)
    client_id = fields.CharField(required=False, allow_blank=True, allow_null=True)
    client_secret = fields.CharField(required=False, allow_blank=True, allow_null=True)
    otp = fields.CharField(
        required=False,
        allow_blank=True,
        max_length=64,
        help_text="For an account with two-factor sign-in: the code that the authenticator app "
        "shows now, or a recovery code.",
    )


class RefreshSerializer(serializers.Serializer[Any]):
    refresh_token = fields.CharField()


class TokenSerializer(serializers.Serializer[Any]):
    access_token = serializers.CharField()
    token_type = serializers.CharField(default="bearer")
    expires_in = serializers.IntegerField(help_text="Lifetime of the access token in seconds.")
    refresh_token = serializers.CharField()


class EmailField(fields.EmailField):
    """An email in its one spelling."""

    def to_internal_value(self, data: Any) -> str:
        return User.normalise_email(super().to_internal_value(data))


class UserSerializer(fields.ModelSerializer[User]):
    email = EmailField(max_length=254, validators=[not_reserved])
    password = fields.CharField(
        write_only=True,
        max_length=1024,
        trim_whitespace=False,
        style={"input_type": "password"},
        help_text="At least 8 characters, not only digits, and not a common password.",
    )

    class Meta:
        model = User
        fields = ["id", "email", "username", "password", "created_at"]
        read_only_fields = ["id", "created_at"]
        extra_kwargs = {"username": {"required": True, "allow_blank": False}}

    def to_internal_value(self, data: Any) -> Any:
        # The predecessor's model says `name`, its documentation `username`.
        if isinstance(data, dict) and "name" in data and "username" not in data:
            data = data.copy()  # of a form's QueryDict, too, which keeps a list for each name
            data["username"] = data["name"]
        return super().to_internal_value(data)

    def validate_email(self, value: str) -> str:
        if any(user != self.instance for user in User.objects.with_email(value)):
            raise serializers.ValidationError(EMAIL_TAKEN, code="unique")
        return value

    def validate_password(self, value: str) -> str:
        value = compose(value)
        validate_password(value, self.instance)
        return value

    def save(self, **kwargs: Any) -> User:
        try:
            with transaction.atomic():
                return super().save(**kwargs)
        except IntegrityError as error:  # taken while the password was hashed
            raise serializers.ValidationError({"email": [EMAIL_TAKEN]}) from error

    def create(self, validated_data: dict[str, Any]) -> User:
        return User.objects.create_user(**validated_data)

    def update(self, instance: User, validated_data: dict[str, Any]) -> User:
        password = validated_data.pop("password", None)
        if password is not None:
            instance.set_password(password)
        return super().update(instance, validated_data)


class SignupSerializer(UserSerializer):
    invitation = fields.CharField(
        write_only=True,
        required=False,
        allow_blank=True,
        help_text="The code in its link, where signing up takes an invitation.",
    )

    class Meta(UserSerializer.Meta):
        fields = [*UserSerializer.Meta.fields, "invitation"]

    def create(self, validated_data: dict[str, Any]) -> User:
        validated_data.pop("invitation", None)
        return super().create(validated_data)


def current_password_field(**options: Any) -> fields.CharField:
    return fields.CharField(
        write_only=True, trim_whitespace=False, style={"input_type": "password"}, **options
    )


class UserChangeSerializer(UserSerializer):
    """Somebody with only a stolen access token must not be able to take over the account."""

    current_password = current_password_field(
        required=False, help_text="Your current password, to change your own email or password."
    )
    revoke_api_tokens = fields.BooleanField(
        write_only=True,
        required=False,
        help_text="Revokes the account's API tokens, which a new password alone does not.",
    )

    class Meta(UserSerializer.Meta):
        fields = [*UserSerializer.Meta.fields, "current_password", "revoke_api_tokens"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs.pop("current_password", None)
        is_own = self.instance == self.context["request"].user
        if is_own and not attrs.keys().isdisjoint(ACCESS):
            proof = CurrentPasswordSerializer(data=self.initial_data, context=self.context)
            proof.is_valid(raise_exception=True)
        return attrs


class CurrentPasswordSerializer(serializers.Serializer[Any]):
    current_password = current_password_field()

    def validate_current_password(self, value: str) -> str:
        if not guesses.check_password(self.context["request"].user, value):
            raise serializers.ValidationError(WRONG_PASSWORD)
        return value
