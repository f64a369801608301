"""Records changes of people and groups in the admin in the audit log."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from accounts import audit, services
from accounts.audit import Action
from accounts.models import User

# Of a person, and of a group.
RIGHTS = {"is_active", "is_staff", "is_superuser", "groups", "user_permissions"}
RIGHTS |= {"name", "permissions"}


class ChangesRecorded(admin.ModelAdmin):
    """For forms of a person or group whose fields include permissions."""

    class Media:
        js = ["permission_lists.js"]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The last step of saving, within the transaction that Django opens for all of them."""
        super().save_related(request, form, formsets, change)
        record_changes(request, form, is_new=not change)


class PeopleRecorded(ChangesRecorded, UserAdmin):
    def user_change_password(
        self, request: HttpRequest, id: str, form_url: str = ""
    ) -> HttpResponse:
        person = self.get_object(request, unquote(id))
        if person is None:
            return super().user_change_password(request, id, form_url)
        with services.changes_recorded(request, person):
            response = super().user_change_password(request, id, form_url)
            person.refresh_from_db()
        return response

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        try:
            services.delete_account(obj, request)
        except services.LastSuperuser as error:  # another was deleted since this page opened
            raise PermissionDenied(services.LAST_SUPERUSER) from error

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for person in queryset:
            self.delete_model(request, person)


class GroupsRecorded(ChangesRecorded, GroupAdmin):
    def delete_model(self, request: HttpRequest, obj: Group) -> None:
        self.delete_queryset(request, Group.objects.filter(pk=obj.pk))

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Group]) -> None:
        """Members lose the permissions that the groups granted."""
        for group in queryset:
            members = group.user_set.order_by("email").values_list("email", flat=True)
            lost = {
                "permissions": {"before": plain(group.permissions.all()), "after": []},
                "user_set": {"before": list(members), "after": []},
            }
            record(Action.RIGHTS_CHANGED, request, group, lost)
        super().delete_queryset(request, queryset)


def record_changes(request: HttpRequest, form: Any, *, is_new: bool) -> None:
    target = form.instance
    changed = set(form.changed_data)
    if is_new and isinstance(target, User):
        record(Action.ACCOUNT_CREATED, request, target)
        changed &= RIGHTS
    if rights := sorted(changed & RIGHTS):
        before_and_after = {
            name: {
                "before": plain(form.initial.get(name)),
                "after": plain(form.cleaned_data[name]),
            }
            for name in rights
        }
        record(Action.RIGHTS_CHANGED, request, target, before_and_after)
    if "email" in changed:
        record(Action.EMAIL_CHANGED, request, target, {"before": form.initial["email"]})
    if others := sorted(changed - RIGHTS - {"email"}):
        record(Action.ACCOUNT_CHANGED, request, target, {"changed": others})


def record(action: Action, request: HttpRequest, target: Model, detail: Any = None) -> None:
    audit.record(action, request, actor=request.user, target=target, detail=detail)


def plain(value: Any) -> Any:
    """The value of a form's field as JSON: groups and permissions by their names, in order."""
    if value is None or isinstance(value, bool | str):
        return value
    return sorted(
        f"{row.content_type.app_label}.{row.codename}" if isinstance(row, Permission) else str(row)
        for row in value
    )
