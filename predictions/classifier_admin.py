"""Classifiers, their versions and the history of roles as staff see them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.text import format_lazy

from accounts.rights import staff_may
from accounts.services import user_of
from predictions.classifiers import Classifier, ModelVersion, RoleChange
from predictions.read_only_admin import MadeByTheService, ServersOnly
from predictions.registry.actions import Action, possible
from predictions.registry.deleting import VersionKept, delete_version, refuse_needed
from predictions.registry.ownership import Change, rename
from predictions.registry.roles import Changes, RoleRefused, champion_of
from predictions.registry.thresholds import refuse_thresholds, set_thresholds
from predictions.role_admin import CHANGE, address_of, role_page


class ClassifierForm(forms.ModelForm):
    # The revision that this form was filled from.
    seen = forms.UUIDField(widget=forms.HiddenInput)

    class Meta:
        model = Classifier
        fields = ["title", "threshold", "class_thresholds"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = self.instance.revision

    def clean_class_thresholds(self) -> dict[str, Any]:
        given = self.cleaned_data["class_thresholds"] or {}
        if not isinstance(given, dict):
            raise forms.ValidationError('Write {"key": probability, …}.')
        return given

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            # Within the transaction that Django opens for the form: it stays so until it is saved.
            Changes(seen=cleaned["seen"]).lock_classifier(self.instance)
        except RoleRefused as error:
            self.add_error(None, str(error))
            return cleaned
        try:
            refuse_thresholds(self.instance, cleaned["threshold"], cleaned["class_thresholds"])
        except RoleRefused as error:
            self.add_error("class_thresholds", str(error))
        return cleaned


class WhoseFilter(admin.SimpleListFilter):
    title = "owner"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("server", "the server"), ("people", "people"), ("public", "public")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "public":
            return queryset.filter(is_public=True)
        if self.value() == "people":
            return queryset.exclude(owner=None)
        return queryset.of_server() if self.value() == "server" else queryset


@admin.register(Classifier)
class ClassifierAdmin(admin.ModelAdmin):
    form = ClassifierForm
    list_display = ["name", "title", "owner", "is_public", "champion", "threshold", "created_at"]
    list_filter = [WhoseFilter, "created_at"]
    list_select_related = ["owner"]
    search_fields = ["name__startswith", "title__istartswith", "owner__email__startswith"]
    readonly_fields = ["name", "owner", "is_public", "champion", "created_at"]
    fields = [
        *("name", "title", "owner", "is_public", "champion"),
        *("threshold", "class_thresholds", "created_at", "seen"),
    ]

    @admin.display(description="champion")
    def champion(self, classifier: Classifier) -> str:
        return str(champion_of(classifier) or "none")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.rollback_view)
        name = "predictions_classifier_rollback"
        return [path("<int:pk>/rollback/", view, name=name), *super().get_urls()]

    def rollback_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        opened = Classifier.objects.open_to(user_of(request))
        return role_page(request, Action.ROLLBACK, get_object_or_404(opened, pk=pk))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        may = request.user.has_perm(CHANGE)
        return super().change_view(request, object_id, form_url, {"may_change_roles": may})

    def save_model(self, request: HttpRequest, obj: Classifier, form: Any, change: bool) -> None:
        changes = Changes(actor=user_of(request), request=request)
        set_thresholds(changes, obj, obj.threshold, obj.class_thresholds)
        rename(obj, obj.title, Change(user_of(request), request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # comes with its first version

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # old answers name its versions


def of_opened(rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
    """Those of people's classifiers take the permission to view these, too."""
    user = user_of(request)
    if staff_may(user, "view", Classifier):
        return rows
    return rows.filter(classifier__in=Classifier.objects.open_to(user))


def choose(action: Action) -> Any:
    """An action of the list that leads to the page which asks for confirmation."""

    @admin.action(description=format_lazy("{} …", action.label), permissions=["change_role"])
    def lead_on(
        model_admin: Any, request: HttpRequest, chosen: QuerySet[ModelVersion]
    ) -> HttpResponse | None:
        versions = list(chosen.select_related("classifier")[:2])
        if len(versions) != 1:
            model_admin.message_user(request, "Select exactly one version.", messages.ERROR)
            return None
        return redirect(address_of(action, versions[0].classifier, versions[0]))

    lead_on.__name__ = str(action.value)
    return lead_on


@admin.register(ModelVersion)
class ModelVersionAdmin(MadeByTheService):
    list_display = ["classifier", "name", "version", "precision", "role", "share", "created_at"]
    list_display_links = ["name"]
    list_filter = [("classifier", ServersOnly), "precision", "role"]
    list_select_related = ["classifier"]
    search_fields = ["name", "version", "classifier__name"]
    readonly_fields = ["answers_as_f32"]
    actions = [choose(action) for action in Action if action != Action.ROLLBACK]

    @admin.display(description="answers as f32")
    def answers_as_f32(self, version: ModelVersion) -> str | None:
        """None shows as a dash."""
        if version.agreement is None:
            return None
        compared = version.manifest["precisions"]
        chosen = f"; auto chose {compared['chosen']}" if "chosen" in compared else ""
        return f"{version.agreement:.1%} of {compared['pictures']:,} pictures{chosen}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelVersion]:
        return of_opened(super().get_queryset(request), request)

    def has_change_role_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(CHANGE)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.role_view)
        name = "predictions_modelversion_role"
        return [path("<int:pk>/roles/<str:action>/", view, name=name), *super().get_urls()]

    def role_view(self, request: HttpRequest, pk: int, action: str) -> HttpResponse:
        if action not in Action.values or action == Action.ROLLBACK:
            raise Http404
        versions = self.get_queryset(request).select_related("classifier")
        version = get_object_or_404(versions.filter(classifier__deleted_at=None), pk=pk)
        return role_page(request, Action(action), version.classifier, version)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        version = self.get_object(request, object_id)
        choices = []
        if version is not None and request.user.has_perm(CHANGE):
            choices = [
                {"label": action.label, "url": address_of(action, version.classifier, version)}
                for action in possible(version)
            ]
        return super().change_view(request, object_id, form_url, {"role_choices": choices})

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Refuses before Django asks to confirm, and before it would read all answers."""
        needed = []
        for version in objs:
            try:
                refuse_needed(version)
            except VersionKept as error:
                needed.append(str(error))
        if needed:
            return [], {}, set(), needed
        return super().get_deleted_objects(objs, request)

    def delete_model(self, request: HttpRequest, obj: ModelVersion) -> None:
        try:
            delete_version(obj)
        except VersionKept as error:  # has been used since this page opened
            raise PermissionDenied(str(error)) from error

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ModelVersion]) -> None:
        for version in queryset:
            self.delete_model(request, version)


@admin.register(RoleChange)
class RoleChangeAdmin(MadeByTheService):
    date_hierarchy = "created_at"
    list_display = [
        *("created_at", "classifier", "version", "role_before", "role", "share"),
        *("actor_email", "reason"),
    ]
    list_filter = [("classifier", ServersOnly), "role", "created_at"]
    list_select_related = ["classifier", "version", "champion_before"]
    search_fields = ["actor_email", "reason", "version__name", "version__version"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoleChange]:
        return of_opened(super().get_queryset(request), request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a rollback goes back by them
