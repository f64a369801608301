"""What /schema, /docs and /redoc say of archives of pictures."""

from typing import Any

from drf_spectacular.utils import extend_schema

from foundation.web.schema import UNAUTHORISED, error
from learning.api.class_schema import TAGS, UNKNOWN, example, location
from learning.api.work_serializers import ArchiveFileSerializer, ArchiveSerializer
from learning.api.zips import NO_ARCHIVE, NO_ROOM
from learning.archives import FILES_WAIT

MANY_WAIT = error("Some of your files have not been written or read yet", FILES_WAIT)
ENDED = error("It is over", "It has ended already.")
NOT_FOUND = error(
    "No such archive, or no classifier of this name that you teach",
    "No Archive matches the given query.",
)
ARCHIVE: dict[str, Any] = {
    "id": "5e0f1c3a-98d2-4a4e-8d0e-6a7f1b2c3d4e",
    "status": "running",
    "stage": "unpacking",
    "says": "Unpacking the pictures",
    "done": 120,
    "total": 400,
    "error": "",
    "created_at": "2026-11-23T09:30:00Z",
    "started_at": "2026-11-23T09:30:01Z",
    "finished_at": None,
    "file_name": "waste.zip",
    "added": 117,
    "known": 2,
    "refused_number": 1,
    "refused": [{"file_name": "glass/notes.txt", "detail": "File type is not supported."}],
}
WAITING = {
    **ARCHIVE,
    "status": "queued",
    "stage": "waiting",
    "says": "Waiting for its turn",
    **dict.fromkeys(("done", "total", "added", "known", "refused_number"), 0),
    "started_at": None,
    "refused": [],
}

create = extend_schema(
    tags=TAGS,
    summary="Give pictures in a ZIP file with a folder for each class",
    description="The name of the folder that a picture lies in is its class, which is added if it "
    "is missing. Files that cannot be used are listed, and change nothing for the others.",
    operation_id="archives_create",
    parameters=[location(202, "progress")],
    request={"multipart/form-data": ArchiveFileSerializer},
    responses={
        202: ArchiveSerializer,
        400: error("No ZIP file, or one that holds too much", NO_ARCHIVE),
        401: UNAUTHORISED,
        404: UNKNOWN,
        409: MANY_WAIT,
        503: error("It cannot be stored", NO_ROOM),
    },
    examples=[example("Accepted", WAITING, 202)],
)
retrieve = extend_schema(
    tags=TAGS,
    summary="How far an archive is",
    operation_id="archives_retrieve",
    responses={200: ArchiveSerializer, 401: UNAUTHORISED, 404: NOT_FOUND},
    examples=[example("Unpacking", ARCHIVE)],
)
cancel = extend_schema(
    tags=TAGS,
    summary="Take no more pictures from an archive",
    description="Those taken before stay.",
    operation_id="archives_cancel",
    responses={204: None, 401: UNAUTHORISED, 404: NOT_FOUND, 409: ENDED},
)
