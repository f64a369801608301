"""The page of the admin that says what a change of roles will do, and asks whether to do it."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.services import user_of
from predictions.classifiers import Classifier, ModelVersion, RoleChange
from predictions.registry.actions import Action, perform, possible, what_happens
from predictions.registry.roles import Changes, RoleRefused
from predictions.registry.routing import BUCKETS

CHANGE = "predictions.change_modelversion"


class RoleForm(forms.Form):
    share = forms.IntegerField(
        label=gettext_lazy("Share of the people, in percent"),
        min_value=1,
        max_value=BUCKETS,
        initial=10,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,
        max_length=RoleChange._meta.get_field("reason").max_length,
        help_text=gettext_lazy("Is kept in the history of roles."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    # The revision of the roles that this page was made of.
    seen = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, action: Action, classifier: Classifier, share: int, data: Any) -> None:
        initial = {"seen": classifier.revision} | ({"share": share} if share else {})
        super().__init__(data, initial=initial)
        if action != Action.CHALLENGE:
            del self.fields["share"]


def address_of(action: Action, classifier: Classifier, version: ModelVersion | None = None) -> str:
    if version is None:
        return reverse("admin:predictions_classifier_rollback", args=[classifier.pk])
    return reverse("admin:predictions_modelversion_role", args=[version.pk, action])


def role_page(
    request: HttpRequest,
    action: Action,
    classifier: Classifier,
    version: ModelVersion | None = None,
) -> HttpResponse:
    """Says what will happen, and does it when it is posted back.

    version: the one to do it to; None for a rollback. Raises PermissionDenied.
    """
    if not request.user.has_perm(CHANGE):
        raise PermissionDenied
    row: Classifier | ModelVersion = version or classifier
    back = reverse(f"admin:predictions_{row._meta.model_name}_change", args=[row.pk])
    if refusal := not_possible(action, classifier, version):
        messages.error(request, refusal)
        return redirect(back)
    share = version.share if version else 0
    form = RoleForm(action, classifier, share, request.POST if request.method == "POST" else None)
    error = ""
    if form.is_valid():
        changes = Changes(
            actor=user_of(request),
            reason=form.cleaned_data["reason"],
            request=request,
            seen=form.cleaned_data["seen"],
        )
        try:
            change = perform(changes, action, classifier, version, form.cleaned_data.get("share"))
        except RoleRefused as refused:
            error = str(refused)
            # The sentences below are of the roles as they are now, and so is what is sent next.
            sent = {**form.cleaned_data, "seen": classifier.revision}
            form = RoleForm(action, classifier, share, sent)
        else:
            messages.success(request, done(change))
            return redirect(back)
    context = {
        **admin.site.each_context(request),
        "title": f"{action.label}: {row}",
        "opts": row._meta,
        "row": row,
        "back": back,
        "says": what_happens(action, classifier, version),
        "form": form,
        "error": error,
        "action": action,
    }
    return TemplateResponse(request, "admin/predictions/role.html", context)


def not_possible(action: Action, classifier: Classifier, version: ModelVersion | None) -> str:
    """Why there is nothing to ask; empty if there is."""
    if version is None:
        is_possible = bool(what_happens(action, classifier))
        return "" if is_possible else _("There is no champion before this one.")
    if action in possible(version):
        return ""
    if version.role == ModelVersion.Role.CHAMPION and action != Action.PROMOTE:
        return _("It is the champion. Promote another version first.")
    role = version.get_role_display()
    return _("The role of %(version)s is already: %(role)s.") % {"version": version, "role": role}


def done(change: RoleChange | None) -> str:
    if change is None:  # somebody else has done the same
        return _("Nothing has changed.")
    named = {"version": change.version, "role": change.get_role_display()}
    return _("The role of %(version)s is now: %(role)s.") % named
