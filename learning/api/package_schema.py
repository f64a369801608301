"""What /schema, /docs and /redoc say of versions as ZIP files."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema

from foundation.web.schema import UNAUTHORISED, error
from learning.api.archive_schema import ENDED, MANY_WAIT
from learning.api.class_schema import TAGS, UNKNOWN, example, location
from learning.api.work_serializers import PackageFileSerializer, PackageSerializer
from learning.api.zips import NO_ARCHIVE, NO_ROOM
from learning.packages import GONE

NOT_FOUND = error("No such file any more, or no classifier of this name that you teach", GONE)
PLACE = "/models/waste-k7m2xw9c/packages/1f6b2f5e-0d3c-4f5a-9f43-2f1d6c7b8a90"
DONE: dict[str, Any] = {
    "id": "1f6b2f5e-0d3c-4f5a-9f43-2f1d6c7b8a90",
    "status": "done",
    "stage": "packing",
    "says": "",
    "done": 0,
    "total": 0,
    "error": "",
    "created_at": "2026-11-23T09:40:00Z",
    "started_at": "2026-11-23T09:40:00Z",
    "finished_at": "2026-11-23T09:40:02Z",
    "file_name": "waste-1a2b3c4d.zip",
    "is_import": False,
    "version": 7,
    "file": f"{PLACE}/file",
    "kept_until": "2026-11-24T09:40:00Z",
}
WAITING = {
    **DONE,
    "status": "queued",
    "stage": "waiting",
    "says": "Waiting for its turn",
    "started_at": None,
    "finished_at": None,
    "file": None,
    "kept_until": None,
}
BROUGHT = {
    **DONE,
    "stage": "checking",
    "file_name": "waste.zip",
    "is_import": True,
    "file": None,
    "kept_until": None,
}

export = extend_schema(
    tags=TAGS,
    summary="Write a version as a ZIP file to take away",
    description="With the model in two formats (ONNX and OpenVINO), its classes, a description and "
    "a script that runs it elsewhere. It is the same file for all who ask within a day.",
    operation_id="packages_export",
    parameters=[location(202, "progress, and then the file")],
    request=None,
    responses={
        202: PackageSerializer,
        400: error("An ensemble has no file", "An ensemble cannot be exported."),
        401: UNAUTHORISED,
        404: error(
            "No such version, or no classifier of this name that you teach",
            "No ModelVersion matches the given query.",
        ),
        409: MANY_WAIT,
    },
    examples=[example("Accepted", WAITING, 202)],
)
bring = extend_schema(
    tags=TAGS,
    summary="Bring a version from a ZIP file that was exported",
    description="Here or on another server. The version answers nothing yet: "
    "`POST /models/{name}/roles` puts it to use. Only staff may bring a network of its own, and "
    "not with an API token; a head needs the network that it was taught on.",
    operation_id="packages_import",
    parameters=[location(202, "progress, and then the version")],
    request={"multipart/form-data": PackageFileSerializer},
    responses={
        202: PackageSerializer,
        400: error("No ZIP file", NO_ARCHIVE),
        401: UNAUTHORISED,
        404: UNKNOWN,
        409: MANY_WAIT,
        503: error("It cannot be stored", NO_ROOM),
    },
    examples=[example("Accepted", {**WAITING, "is_import": True, "version": None}, 202)],
)
retrieve = extend_schema(
    tags=TAGS,
    summary="How far the file of a version is",
    operation_id="packages_retrieve",
    responses={200: PackageSerializer, 401: UNAUTHORISED, 404: NOT_FOUND},
    examples=[example("To download", DONE), example("Brought", BROUGHT)],
)
cancel = extend_schema(
    tags=TAGS,
    summary="Stop writing or reading the file of a version",
    operation_id="packages_cancel",
    responses={204: None, 401: UNAUTHORISED, 404: NOT_FOUND, 409: ENDED},
)
file = extend_schema(
    tags=TAGS,
    summary="The file of a version",
    description="It is kept for a day.",
    operation_id="packages_file",
    responses={
        (200, "application/zip"): OpenApiTypes.BINARY,
        401: UNAUTHORISED,
        404: NOT_FOUND,
    },
)
