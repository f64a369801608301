"""What /schema, /docs and /redoc say of classifiers and of whom they are shared with."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from accounts.schema import NOT_ALLOWED
from foundation.web.schema import (
    NEXT_PAGE,
    NO_SUCH_LIMIT,
    NO_SUCH_PAGE,
    UNAUTHORISED,
    error,
    invalid,
)
from predictions.api.classifier_serializers import (
    ClassifierSerializer,
    NewClassifierSerializer,
    PatchSerializer,
    ShareSerializer,
)
from predictions.api.model_schema import UNKNOWN, VERSION

NOBODY = "Nobody has an account with this email."
NOT_SHARED = "It is not shared with anybody of this email."
TITLE = {"title": "Waste for recycling"}
BUILT_IN: dict[str, Any] = {
    "name": "imagenet",
    "title": "ImageNet, 1,000 classes",
    "champion": VERSION,
    "labels": 1000,
    "threshold": 0.5,
    "class_thresholds": {"n02109961": 0.8},
    "is_own": False,
    "is_public": False,
    "may_teach": False,
    "owner": None,
}
NEW = BUILT_IN | {
    "name": "waste-for-recycling-x7m2kq9d",
    **TITLE,
    "champion": None,
    "labels": 0,
    "class_thresholds": {},
    "is_own": True,
    "may_teach": True,
    "owner": "ada@example.com",
}
SHARE = {"email": "grace@example.com", "may_teach": True}
SHARED = SHARE | {"created_at": "2026-11-23T09:00:00Z"}
FORBIDDEN = error("Neither its owner, nor staff with that permission", NOT_ALLOWED)
FOR_STAFF = (
    "For its owner, and for staff with Django's permission `predictions.change_classifier`. "
    "API tokens do this for owners only, with the scope `teach`."
)
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[201], description="Where it is."
)
# What answers with one has no pages.
NO_PAGES = [OpenApiParameter(name, exclude=True) for name in ("cursor", "limit")]


def example(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=[str(status)])


classifiers = extend_schema(
    tags=["models"],
    summary="The classifiers that you can ask",
    description="The server's, your own, those that are shared with you, and the public ones. "
    "Staff with Django's permission `predictions.view_classifier` see all.",
    operation_id="models_list",
    parameters=[NEXT_PAGE],
    responses={
        200: ClassifierSerializer(many=True),
        400: NO_SUCH_LIMIT,
        401: UNAUTHORISED,
        404: NO_SUCH_PAGE,
    },
    examples=[example("The built-in one", BUILT_IN)],
)
create = extend_schema(
    tags=["models"],
    summary="Make a classifier of your own",
    description="Its `name`, by which it is asked, is made from the title and stays. It answers "
    "nothing until one of its versions is in use. API tokens need the scope `teach`.",
    operation_id="models_create",
    parameters=[*NO_PAGES, LOCATION],
    request=NewClassifierSerializer,
    responses={
        201: ClassifierSerializer,
        400: invalid(
            "No title, or too many classifiers",
            "title",
            "You have 20 classifiers, the maximum. Delete one first.",
        ),
        401: UNAUTHORISED,
    },
    examples=[
        OpenApiExample("A title", TITLE, request_only=True),
        example("Nothing in use yet", NEW, 201),
    ],
)
retrieve = extend_schema(
    tags=["models"],
    summary="One classifier",
    operation_id="models_retrieve",
    responses={200: ClassifierSerializer, 401: UNAUTHORISED, 404: UNKNOWN},
    examples=[example("The built-in one", BUILT_IN)],
)
update = extend_schema(
    tags=["models"],
    summary="Change its title, who may ask it, and under which probability answers are not sure",
    description=f"{FOR_STAFF} Answers follow the thresholds at once with `confident`, those given "
    "before, too.",
    operation_id="models_update",
    request=PatchSerializer,
    responses={
        200: ClassifierSerializer,
        400: invalid(
            "Nothing sent, no title, no probability, or no class of the classifier",
            "class_thresholds",
            "husky is the key of no class of imagenet.",
        ),
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: UNKNOWN,
    },
    examples=[
        OpenApiExample("For everybody", {"is_public": True}, request_only=True),
        OpenApiExample(
            "Another threshold for one class",
            {"threshold": 0.5, "class_thresholds": {"n02109961": 0.8}},
            request_only=True,
        ),
        OpenApiExample("The service's threshold", {"threshold": None}, request_only=True),
        example("As it is now", BUILT_IN),
    ],
)
destroy = extend_schema(
    tags=["models"],
    summary="Delete a classifier",
    description="For its owner, and for staff with Django's permission "
    "`predictions.delete_classifier`. Answers that it gave stay in people's histories. API tokens "
    "do this for owners only, with the scope `teach`.",
    operation_id="models_destroy",
    responses={
        204: None,
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: UNKNOWN,
        409: error(
            "It answers who names none",
            "imagenet answers who names no classifier. It cannot be deleted.",
        ),
    },
)
shares = extend_schema(
    tags=["models"],
    summary="Whom a classifier is shared with",
    description="For its owner, and for staff with Django's permission "
    "`predictions.view_classifier`.",
    operation_id="models_shares_list",
    parameters=[NEXT_PAGE],
    responses={
        200: ShareSerializer(many=True),
        400: NO_SUCH_LIMIT,
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: UNKNOWN,
    },
    examples=[example("Who may teach it, too", SHARED)],
)
share = extend_schema(
    tags=["models"],
    summary="Share a classifier with one person, or change what they may",
    description=f"{FOR_STAFF} It is limited as signing up is: both tell who has an account.",
    operation_id="models_shares_create",
    parameters=NO_PAGES,
    request=ShareSerializer,
    responses={
        201: ShareSerializer,
        400: invalid("No such person, or its owner", "email", NOBODY),
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: UNKNOWN,
    },
    examples=[
        OpenApiExample("Who may teach it, too", SHARE, request_only=True),
        example("Shared", SHARED, 201),
    ],
)
unshare = extend_schema(
    tags=["models"],
    summary="Share a classifier with somebody no more",
    description=f"{FOR_STAFF} And for that person. Pictures of theirs get a 404 at once; the "
    "answers they have stay.",
    operation_id="models_shares_destroy",
    parameters=[
        *NO_PAGES,
        OpenApiParameter("email", str, required=True, description="Of that person."),
    ],
    responses={
        204: None,
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: error("No such classifier, or not shared", NOT_SHARED),
    },
)
