"""Invitations in the admin: made, seen and taken back."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html

from accounts import inviting
from accounts.admin_deletions import DeletionsRecorded
from accounts.invitations import Invitation
from accounts.models import EMAIL_TAKEN, User, not_reserved
from accounts.services import user_of
from accounts.site_address import site_url


class InvitationForm(forms.ModelForm):
    def clean_email(self) -> str:
        email = User.normalise_email(self.cleaned_data["email"])
        if email:
            not_reserved(email)
            if User.objects.with_email(email):
                raise ValidationError(EMAIL_TAKEN)
        return email

    def clean_expires_at(self) -> Any:
        if self.cleaned_data["expires_at"] <= timezone.now():
            raise ValidationError("This time is over.")
        return self.cleaned_data["expires_at"]


@admin.register(Invitation)
class InvitationAdmin(DeletionsRecorded):
    """To take one back, delete it."""

    form = InvitationForm
    fields = ["email", "expires_at"]
    list_display = ["__str__", "invited_by", "created_at", "expires_at", "used_at"]
    list_filter = ["created_at", "expires_at", "used_at"]
    list_select_related = ["invited_by"]
    search_fields = ["email__istartswith"]
    search_help_text = "The beginning of an email."
    show_full_result_count = False

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        invited = inviting.invite(
            obj.email,
            site=site_url(request),
            lasts=obj.expires_at - timezone.now(),
            by=user_of(request),
            request=request,
        )
        obj.pk = invited.invitation.pk
        if invited.link is None:
            messages.info(request, f"A mail to {obj.email} is on its way.")
            return
        shown = "Copy the link now, it is shown only once and works once: {}"
        messages.info(request, format_html(shown, invited.link))
