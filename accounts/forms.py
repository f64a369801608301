"""The forms of the account pages."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm, BaseUserCreationForm

from accounts.models import User


class SignupForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ["email", "username"]
        widgets = {
            "email": forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
            "username": forms.TextInput(attrs={"autocomplete": "name"}),
        }


class LoginForm(AuthenticationForm):
    error_messages = {
        "invalid_login": "Wrong email or password.",
        "inactive": "Wrong email or password.",
    }
