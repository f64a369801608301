"""API tokens are accepted only by views that declare which scopes they need."""

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from accounts.models import ApiToken
from accounts.scopes import Scope


class ApiTokenScopes(BasePermission):
    """Asks a view for `scopes`: by method, the sets of scopes each of which is enough.

    A method without scopes is refused, because it has not been reviewed for tokens that are stored
    in scripts. `api_token_refusal` is the message.

    Raises:
        PermissionDenied
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiToken):
            return True
        method = "GET" if request.method in SAFE_METHODS else request.method
        enough: list[set[str]] = getattr(view, "scopes", {}).get(method, [])
        if any(needed <= set(request.auth.scopes) for needed in enough):
            return True
        if enough:
            raise PermissionDenied(lacks(enough), "scope_missing")
        raise PermissionDenied(refusal(view), "api_token_refused")


def lacks(enough: list[set[str]]) -> str:
    names = [" and ".join(scope for scope in Scope.values if scope in needed) for needed in enough]
    return f"This API token lacks the scope {' or '.join(names)}."


def refusal(view: Any) -> str:
    default = "API tokens cannot do this. Sign in at /login instead."
    return getattr(view, "api_token_refusal", default)
