"""What /schema, /docs and /redoc say of roles."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema

from accounts.schema import NOT_ALLOWED
from foundation.web.schema import (
    NEXT_PAGE,
    NO_SUCH_LIMIT,
    UNAUTHORISED,
    error,
    invalid,
)
from predictions.api.role_serializers import (
    REQUIRED,
    ChangeSerializer,
    RoleChangeSerializer,
    RolesSerializer,
)

CHAMPION = {"id": 3, "name": "efficientnet-lite0", "version": "5d0f5c1a-f32"}
CHALLENGER = {"id": 4, "name": "resnet50", "version": "a1b2c3d4-f32"}
ROLES: dict[str, Any] = {
    "classifier": "imagenet",
    "revision": "b1b1a6cc-3f0e-4a7e-9d6b-0c5f5d2c9e77",
    "champion": CHAMPION | {"share": 90},
    "challengers": [CHALLENGER | {"share": 10}],
    "shadows": [],
}
CHANGE: dict[str, Any] = {
    "id": 17,
    "created_at": "2026-11-23T09:00:00Z",
    "version": CHALLENGER,
    "role_before": "retired",
    "role": "challenger",
    "share_before": 0,
    "share": 10,
    "champion_before": None,
    "is_rollback": False,
    "is_undone": False,
    "by": "staff@example.com",
    "reason": "Better with dogs",
}
UNKNOWN = error(
    "No such classifier", "Unknown classifier 'colors'. Choose one of: imagenet, colours"
)
FORBIDDEN = error("Neither its owner, nor staff with that permission", NOT_ALLOWED)
VIEWING = (
    "For its owner, and for staff with Django's permission `predictions.view_modelversion` or "
    "`predictions.change_modelversion`, as in the admin."
)


def example(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=["200"])


retrieve = extend_schema(
    tags=["models"],
    summary="What answers a classifier's new pictures",
    description=VIEWING,
    operation_id="models_roles_retrieve",
    responses={200: RolesSerializer, 401: UNAUTHORISED, 403: FORBIDDEN, 404: UNKNOWN},
    examples=[example("An experiment", ROLES)],
)
change = extend_schema(
    tags=["models"],
    summary="Change the role of a version",
    description="For its owner, and for staff with Django's permission "
    "`predictions.change_modelversion`, as in the admin. API tokens do this for owners "
    "only, with the scope `teach`. New pictures follow at once; existing answers stay. A role that "
    "the version has already changes nothing.",
    operation_id="models_roles_change",
    request=ChangeSerializer,
    responses={
        200: RolesSerializer,
        400: invalid("A field is missing or invalid", "share", REQUIRED),
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: UNKNOWN,
        409: error("The change is refused", "It is the champion. Promote another version first."),
    },
    examples=[
        OpenApiExample(
            "A challenger",
            {"action": "challenge", "version": 4, "share": 10, "reason": "Better with dogs"},
            request_only=True,
        ),
        OpenApiExample("Back to the champion before", {"action": "rollback"}, request_only=True),
        example("As they are now", ROLES),
    ],
)
history = extend_schema(
    tags=["models"],
    summary="Who changed the roles, and why",
    description=VIEWING,
    operation_id="models_roles_history",
    parameters=[NEXT_PAGE],
    responses={
        200: RoleChangeSerializer(many=True),
        400: NO_SUCH_LIMIT,
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: UNKNOWN,
    },
    examples=[example("A new challenger", CHANGE)],
)
