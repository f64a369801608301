"""The forms of the account pages.

Forms ask for a password once: `static/account.js` can show it, which catches more typos than a
second field.
"""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm, UsernameField
from django.contrib.auth.forms import PasswordResetForm as DjangoPasswordResetForm
from django.contrib.auth.password_validation import (
    password_validators_help_text_html,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import guesses, outbox, signup, tokens
from accounts.invitations import Invitation
from accounts.models import EMAIL_TAKEN, WRONG_PASSWORD, ApiToken, OutgoingMail, User, not_reserved
from accounts.passwords import compose
from accounts.scopes import Scope, usual_scopes


def new_password_field(label: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html(),
    )


def refuse_taken(email: str, person: User | None = None) -> None:
    """Raises ValidationError if anybody but `person` has this email, however it is spelled."""
    if any(user != person for user in User.objects.with_email(email)):
        raise ValidationError(EMAIL_TAKEN, code="taken")


class EmailField(forms.EmailField):
    """An email in its one spelling."""

    def to_python(self, value: Any) -> str:
        return User.normalise_email(super().to_python(value) or "")


class SignupFields(forms.Form):
    """The checks of a sign-up that do not depend on who is registered."""

    email = EmailField(
        label=_("Email"),
        max_length=254,
        validators=[not_reserved],
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )
    username = forms.CharField(
        label=_("Name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = new_password_field(_("Password"))

    def clean_password(self) -> str:
        password = compose(self.cleaned_data["password"])
        validate_password(password)
        return password


class SignupForm(SignupFields):
    invitation = forms.CharField(
        label=_("Invitation"),
        max_length=100,
        help_text=_("The code in the link that you were sent."),
        error_messages={"required": _(signup.NEEDED)},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    # First: who has none does not learn which emails are registered.
    field_order = ["invitation"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not signup.takes_invitation():
            del self.fields["invitation"]

    def clean_invitation(self) -> Invitation | None:
        try:
            return signup.invitation_for(self.cleaned_data["invitation"])
        except signup.NotAdmitted as error:
            raise ValidationError(_(str(error)), code="invitation") from error

    def clean_email(self) -> str:
        if "invitation" not in self.errors:
            refuse_taken(self.cleaned_data["email"])
        return self.cleaned_data["email"]

    def save(self) -> User:
        """The new person, in a transaction. Raises signup.NotAdmitted."""
        said = dict(self.cleaned_data)
        signup.use(said.pop("invitation", None), said["email"])
        return User.objects.create_user(**said)


class LoginForm(AuthenticationForm):
    # A browser converts an email here as it did when signing up; what else is typed is answered
    # like a wrong password.
    username = UsernameField(widget=forms.EmailInput(attrs={"autofocus": True}))
    error_messages = {
        "invalid_login": _("Incorrect email or password."),
        "inactive": _("Incorrect email or password."),
    }

    def clean(self) -> dict[str, Any]:
        email, password = (self.cleaned_data.get(name) for name in ("username", "password"))
        if email and password:
            request = cast(HttpRequest, self.request)  # Django's form also accepts None
            self.user_cache = guesses.authenticate(request, email, password)
            if self.user_cache is None:
                raise self.get_invalid_login_error()
        return self.cleaned_data


class PasswordResetForm(DjangoPasswordResetForm):
    """Leaves the look-up of the person to the outbox: doing it here would reveal by its time who
    exists.
    """

    def save(self, *, request: HttpRequest, **_: Any) -> None:  # type: ignore[override]
        outbox.put(OutgoingMail.Kind.PASSWORD_RESET, self.cleaned_data["email"], request)


class PersonForm(forms.Form):
    """A change of one's own account; the user is unchanged until `save`."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user


class NewPasswordForm(PersonForm):
    new_password = new_password_field(_("New password"))

    def clean_new_password(self) -> str:
        password = compose(self.cleaned_data["new_password"])
        validate_password(password, self.user)
        return password

    def save(self) -> User:
        self.user.set_password(self.cleaned_data["new_password"])
        self.user.save(update_fields=["password"])
        return self.user


class CurrentPasswordForm(PersonForm):
    """Asks for the password again before a sensitive change."""

    current_password = forms.CharField(
        label=_("Current password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_current_password(self) -> str:
        if not guesses.check_password(self.user, self.cleaned_data["current_password"]):
            raise ValidationError(WRONG_PASSWORD, code="wrong")
        return self.cleaned_data["current_password"]


class PasswordForm(CurrentPasswordForm, NewPasswordForm):
    revoke_tokens = forms.BooleanField(required=False, initial=True)
    field_order = ["current_password", "new_password"]

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        tokens = user.api_tokens.count()
        if not tokens:
            del self.fields["revoke_tokens"]
            return
        self.fields["revoke_tokens"].label = ngettext(
            "Also revoke my API token", "Also revoke my %(count)d API tokens", tokens
        ) % {"count": tokens}


class EmailForm(CurrentPasswordForm):
    email = EmailField(
        label=_("New email"),
        max_length=254,
        validators=[not_reserved],
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    field_order = ["email", "current_password"]

    def clean_email(self) -> str:
        refuse_taken(self.cleaned_data["email"], self.user)
        return self.cleaned_data["email"]

    def save(self) -> None:
        self.user.email = self.cleaned_data["email"]
        self.user.save(update_fields=["email"])


class ProfileForm(PersonForm):
    username = forms.CharField(
        label=_("Name"),
        max_length=150,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", _("Browser default")), *settings.LANGUAGES],
        required=False,
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.initial = {"username": user.username, "language": user.language}

    def save(self) -> None:
        self.user.username = self.cleaned_data["username"]
        self.user.language = self.cleaned_data["language"]
        self.user.save(update_fields=["username", "language"])


class TokenForm(PersonForm):
    name = forms.CharField(
        label=_("Name of the new token"),
        help_text=_("What it is for, such as “backup script”."),
        max_length=ApiToken.NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("Permissions"),
        choices=Scope.choices,
        initial=usual_scopes,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    lifetime = forms.TypedChoiceField(
        label=_("Expiration"),
        choices=[
            (30, _("30 days")),
            (90, _("90 days")),
            (365, _("One year")),
            ("", _("No expiration")),
        ],
        initial=365,
        required=False,
        coerce=lambda days: timedelta(days=int(days)),
        empty_value=None,
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        if not user.is_staff:
            scopes: Any = self.fields["scopes"]
            scopes.choices = [each for each in Scope.choices if each[0] != Scope.DATA_SETS]

    def clean_scopes(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["scopes"]
        if chosen:
            return chosen
        if "lifetime" in self.data:
            raise ValidationError(_("Choose at least one."), code="none")
        return usual_scopes()  # a script that sends only the name of a token

    def save(self) -> str:
        """The secret. Raises tokens.TooMany."""
        said = self.cleaned_data
        return tokens.issue(self.user, said["name"], said["scopes"], said["lifetime"])
