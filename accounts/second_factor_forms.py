"""Forms of the second factor's pages."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts import second_factor
from accounts.forms import CurrentPasswordForm, PersonForm
from accounts.models import Passkey


def code_field(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=64,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "one-time-code",
                "autocapitalize": "none",
                "spellcheck": "false",
            }
        ),
    )


class CodeForm(PersonForm):
    """Accepts a code of an account and uses it up."""

    code = code_field(_("Code"), _("Six digits from your authenticator app, or a recovery code."))
    kind: second_factor.Kind

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.fields["code"].widget.attrs["autofocus"] = True

    def clean_code(self) -> str:
        self.kind = check(self)
        return self.cleaned_data["code"]


def check(form: Any) -> second_factor.Kind:
    """Raises ValidationError."""
    try:
        return second_factor.check(form.request, form.user, form.cleaned_data["code"])
    except second_factor.WrongCode as error:
        raise ValidationError(
            _("Incorrect or already used code. Wait for the next one and enter that."),
            code="wrong",
        ) from error


class SetUpForm(PersonForm):
    code = code_field(_("Code shown in the app"))

    def __init__(self, user: Any, secret: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.secret = secret

    def clean_code(self) -> str:
        code = self.cleaned_data["code"]
        try:
            second_factor.set_up_app(self.user, self.secret, code)
        except second_factor.WrongCode as error:
            raise ValidationError(
                _("Incorrect code. Check the clock of your phone."), code="wrong"
            ) from error
        return code


class RemoveForm(CurrentPasswordForm):
    """Checks the password first, so that a wrong one does not use up a code."""

    code = code_field(_("Code"), _("Six digits from your authenticator app, or a recovery code."))
    field_order = ["current_password", "code"]

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        if not second_factor.has_codes(
            self.user
        ):  # only passkeys, with one of which they signed in
            del self.fields["code"]

    def clean(self) -> dict[str, Any]:
        if not self.errors and "code" in self.fields:
            try:
                check(self)
            except ValidationError as error:
                self.add_error("code", error)
        return self.cleaned_data


class PasskeyForm(forms.Form):
    """static/passkeys.js fills in the other field, the device's response."""

    name = forms.CharField(
        label=_("Name of the passkey"),
        help_text=_("Where it is stored, such as “phone” or “blue key”."),
        max_length=Passkey.NAME_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
