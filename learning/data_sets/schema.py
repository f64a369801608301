"""What /schema, /docs and /redoc say of data sets."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from accounts.schema import NOT_ALLOWED
from foundation.web.schema import NEXT_PAGE, NO_SUCH_LIMIT, UNAUTHORISED, error, invalid
from learning.api.archive_schema import ENDED, MANY_WAIT
from learning.api.class_schema import example, location
from learning.api.training_schema import APPLIED, WAIT
from learning.api.zips import NO_ARCHIVE, NO_ROOM
from learning.data_sets.selection import NO_CLASS
from learning.data_sets.serializers import (
    DataSetExportSerializer,
    DataSetFileSerializer,
    DataSetImportSerializer,
    StartExportSerializer,
)
from learning.data_sets.services import GONE

TAGS = ["data sets"]
NO_CLASSIFIER = (
    "No classifier has this name. Data sets are of classifiers that everybody may ask: "
    "GET /models lists them."
)
EXPORTING = "Needs Django's permission `data_sets.add_datasetexport`; API tokens need the scope "
EXPORTING += "`data-sets` as well."
IMPORTING = EXPORTING.replace("export", "import")
UNKNOWN = error("No such classifier", NO_CLASSIFIER)
NOT_FOUND = error("It is not there, or not kept any more", GONE)
FORBIDDEN = error("Not staff, or without that permission", NOT_ALLOWED)
NOT_ONE = [OpenApiParameter(name, exclude=True) for name in ("cursor", "limit")]
PLACE = "/models/imagenet/data-sets/exports/0c9e6f1d-57a3-4b0f-8a8e-3d2b9f4f6a17"
EXPORT: dict[str, Any] = {
    "id": "0c9e6f1d-57a3-4b0f-8a8e-3d2b9f4f6a17",
    "status": "done",
    "stage": "packing",
    "says": "",
    "done": 412,
    "total": 412,
    "error": "",
    "created_at": "2026-11-23T09:30:00Z",
    "started_at": "2026-11-23T09:30:00Z",
    "finished_at": "2026-11-23T09:30:09Z",
    "file_name": "imagenet-2026-11-23-0930.zip",
    "file": f"{PLACE}/file",
    "kept_until": "2026-11-24T09:30:00Z",
    "version": None,
    "since": "2026-11-01",
    "until": None,
    "only_sample": False,
    "pictures": 412,
    "without_consent": 37,
    "lost": 0,
    "sha256": "5f1d7a84db00d2fce00b31a7fc73224f7ec8b8a3eb7a6b0a5b1f8c7d1a2e9b44",
    "class": "",
}
WAITING = {
    "status": "queued",
    "stage": "waiting",
    "says": "Waiting for its turn",
    **dict.fromkeys(("done", "total"), 0),
    **dict.fromkeys(("started_at", "finished_at")),
}
EXPORT_WAITING = {
    **EXPORT,
    **WAITING,
    **dict.fromkeys(("pictures", "without_consent"), 0),
    **dict.fromkeys(("file", "kept_until")),
    "sha256": "",
}
IMPORT: dict[str, Any] = {
    "id": "b1c5f0a2-6f0e-4a53-9d7c-0f4a1e2d3c4b",
    "status": "done",
    "stage": "unpacking",
    "says": "",
    "done": 412,
    "total": 412,
    "error": "",
    "created_at": "2026-11-23T10:00:00Z",
    "started_at": "2026-11-23T10:00:01Z",
    "finished_at": "2026-11-23T10:00:21Z",
    "file_name": "imagenet-2026-11-23-0930.zip",
    "refused_number": 1,
    "refused": [
        {
            "file_name": "train/n02123045/0a7c757a80f2c5b13fa7a2a47a683593.jpeg",
            "detail": "Its verified label here is tiger_cat, which stays.",
        }
    ],
    "added": 409,
    "known": 2,
}
IMPORT_WAITING = {
    **IMPORT,
    **WAITING,
    **dict.fromkeys(("refused_number", "added", "known"), 0),
    "refused": [],
}

exports_list = extend_schema(
    tags=TAGS,
    summary="The data sets that staff have exported",
    description=EXPORTING,
    operation_id="data_set_exports_list",
    parameters=[NEXT_PAGE],
    responses={
        200: DataSetExportSerializer(many=True),
        400: NO_SUCH_LIMIT,
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: UNKNOWN,
    },
    examples=[example("Done", EXPORT)],
)
start_export = extend_schema(
    tags=TAGS,
    summary="Export verified pictures as a ZIP file",
    description="With a folder for each split and class, and tables of the labels. Pictures whose "
    f"senders have not agreed are left out, and counted. {EXPORTING}",
    operation_id="data_set_exports_create",
    # It answers with one, not with a list.
    parameters=[*NOT_ONE, location(202, "progress, and then the file")],
    request=StartExportSerializer,
    responses={
        202: DataSetExportSerializer,
        400: invalid("A class or version that the classifier does not have", "class", NO_CLASS),
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: UNKNOWN,
        409: MANY_WAIT,
    },
    examples=[
        OpenApiExample("Everything", {}, request_only=True),
        OpenApiExample(
            "Cats, reviewed in November",
            {"class": "tabby", "since": "2026-11-01", "until": "2026-11-30"},
            request_only=True,
        ),
        OpenApiExample(
            "For honest accuracy", {"version": 7, "only_sample": True}, request_only=True
        ),
        example("Accepted", EXPORT_WAITING, 202),
    ],
)
retrieve_export = extend_schema(
    tags=TAGS,
    summary="How far an export is, and where its file is",
    description=EXPORTING,
    operation_id="data_set_exports_retrieve",
    parameters=[WAIT, APPLIED],
    responses={
        200: DataSetExportSerializer,
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: NOT_FOUND,
    },
    examples=[example("To download", EXPORT)],
)
cancel_export = extend_schema(
    tags=TAGS,
    summary="Stop an export",
    description=EXPORTING,
    operation_id="data_set_exports_cancel",
    responses={204: None, 401: UNAUTHORISED, 403: FORBIDDEN, 404: NOT_FOUND, 409: ENDED},
)
file = extend_schema(
    tags=TAGS,
    summary="The file of an export",
    description=f"It is kept for a day. Each download is in the audit log. {EXPORTING}",
    operation_id="data_set_exports_file",
    responses={
        (200, "application/zip"): OpenApiTypes.BINARY,
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: NOT_FOUND,
    },
)
imports_list = extend_schema(
    tags=TAGS,
    summary="The data sets that staff have imported",
    description=IMPORTING,
    operation_id="data_set_imports_list",
    parameters=[NEXT_PAGE],
    responses={
        200: DataSetImportSerializer(many=True),
        400: NO_SUCH_LIMIT,
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: UNKNOWN,
    },
    examples=[example("Done", IMPORT)],
)
start_import = extend_schema(
    tags=TAGS,
    summary="Import pictures with their labels from a ZIP file",
    description="Of an export, here or on another server. Each label becomes a verified label; "
    f"those that reviewers have given stay. {IMPORTING}",
    operation_id="data_set_imports_create",
    parameters=[*NOT_ONE, location(202, "progress")],
    request={"multipart/form-data": DataSetFileSerializer},
    responses={
        202: DataSetImportSerializer,
        400: error("No ZIP file, or one that holds too much", NO_ARCHIVE),
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: UNKNOWN,
        409: MANY_WAIT,
        503: error("It cannot be stored", NO_ROOM),
    },
    examples=[example("Accepted", IMPORT_WAITING, 202)],
)
retrieve_import = extend_schema(
    tags=TAGS,
    summary="How far an import is, and what was refused",
    description=IMPORTING,
    operation_id="data_set_imports_retrieve",
    parameters=[WAIT, APPLIED],
    responses={
        200: DataSetImportSerializer,
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: NOT_FOUND,
    },
    examples=[example("Done", IMPORT)],
)
delete_import = extend_schema(
    tags=TAGS,
    summary="Delete an import with its pictures",
    description="For good, with their verified labels; one that runs stops. Pictures that people "
    f"have sent themselves stay. {IMPORTING}",
    operation_id="data_set_imports_delete",
    responses={204: None, 401: UNAUTHORISED, 403: FORBIDDEN, 404: NOT_FOUND},
)
cancel_import = extend_schema(
    tags=TAGS,
    summary="Take no more pictures from an import",
    description=f"Those taken before stay. {IMPORTING}",
    operation_id="data_set_imports_cancel",
    request=None,
    responses={204: None, 401: UNAUTHORISED, 403: FORBIDDEN, 404: NOT_FOUND, 409: ENDED},
)
