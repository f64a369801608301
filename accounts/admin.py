from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt.token_blacklist import admin as its_pages  # noqa: F401 - registers
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts import rights, second_factor, services, tokens
from accounts.admin_changes import GroupsRecorded, PeopleRecorded
from accounts.audit_admin import AuditEventAdmin as AuditEventAdmin  # where Django looks
from accounts.invitation_admin import InvitationAdmin as InvitationAdmin
from accounts.models import ApiToken, User
from accounts.services import user_of


@admin.register(User)
class UserAdmin(PeopleRecorded):
    add_form = BaseUserCreationForm
    ordering = ["-created_at"]
    date_hierarchy = "created_at"
    list_display = ["email", "username", "is_staff", "is_active", "created_at", "last_login"]
    list_filter = ["is_staff", "is_superuser", "is_active", "created_at", "last_login"]
    search_fields = ["email__istartswith", "username__istartswith"]
    search_help_text = _("The beginning of an email or of a name.")
    show_full_result_count = False
    readonly_fields = ["two_factor", "created_at", "last_login"]
    actions = ["remove_second_factor"]
    fieldsets = [
        (None, {"fields": ["email", "username", "password", "two_factor"]}),
        (
            "Permissions",
            {"fields": ["is_active", "is_staff", "is_superuser", "groups", "user_permissions"]},
        ),
        ("Quota", {"fields": ["quota_pictures", "quota_bytes"]}),
        ("Dates", {"fields": ["created_at", "last_login"]}),
    ]
    add_fieldsets = [(None, {"fields": ["email", "username", "password1", "password2"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        """Only superusers grant permissions: others could grant them to themselves."""
        fixed: list[str] = []
        if not request.user.is_superuser:
            fixed = ["is_staff", "is_superuser", "groups", "user_permissions"]
        elif obj is not None and not services.leave_a_superuser([obj]):
            fixed = ["is_staff", "is_superuser", "is_active"]
        return [*self.readonly_fields, *fixed]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Refuses to delete the last superuser, alone or with others, before Django asks to
        confirm.
        """
        deleted, counts, missing_rights, protected = super().get_deleted_objects(objs, request)
        if not services.leave_a_superuser(objs):
            protected = [*protected, services.LAST_SUPERUSER]
        return deleted, counts, missing_rights, protected

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return rights.may(request.user, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return rights.may(request.user, "delete", obj)

    @admin.display(description="two-factor sign-in", boolean=True)
    def two_factor(self, person: User) -> bool:
        return second_factor.is_set_up(person)

    @admin.action(description="Remove the second factor of selected users", permissions=["change"])
    def remove_second_factor(self, request: HttpRequest, people: QuerySet[User]) -> None:
        """For people who are locked out. The password stays, and they stay signed in elsewhere."""
        for person in people:
            if not self.has_change_permission(request, person):
                self.message_user(
                    request, f"You don't have permission to change {person}.", messages.ERROR
                )
            elif second_factor.remove(person, request, actor=user_of(request), by="staff"):
                self.message_user(request, f"{person} can now sign in with the password alone.")
            else:
                self.message_user(request, f"{person} has none.", messages.WARNING)


admin.site.unregister(Group)
# What signing out writes down, as `its_pages` show it: nothing that staff need.
admin.site.unregister([OutstandingToken, BlacklistedToken])


@admin.register(Group)
class GroupAdmin(GroupsRecorded):
    """Only superusers change groups: others could grant themselves permissions through one."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return request.user.is_superuser


@admin.register(ApiToken)
class ApiTokenAdmin(admin.ModelAdmin):
    """To see who has tokens and to revoke them, by deleting."""

    list_display = ["name", "user", "prefix", "scopes", "created_at", "expires_at", "last_used_at"]
    list_filter = ["created_at", "expires_at", "last_used_at"]
    list_select_related = ["user"]
    search_fields = ["name__istartswith", "prefix__startswith", "user__email__istartswith"]
    search_help_text = _("The beginning of a name, of the token, or of an email.")
    show_full_result_count = False
    fields = [
        "name",
        "user",
        "prefix",
        "scopes",
        "second_factor",
        "created_at",
        "expires_at",
        "last_used_at",
    ]  # not the hash

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # only its owner may see the secret

    def has_change_permission(self, request: HttpRequest, obj: ApiToken | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: ApiToken) -> None:
        tokens.revoke([obj], request, user_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> None:
        tokens.revoke(queryset, request, user_of(request))
