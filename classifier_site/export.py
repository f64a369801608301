"""All data of a person as one ZIP, written while it is sent.

It needs little memory: rows are read from the database as they are written, and pictures from
the storage one at a time.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.files import File
from django.db.models import F
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from rest_framework.utils.encoders import JSONEncoder
from stream_zip import NO_COMPRESSION_64, ZIP_64, MemberFile, Method, stream_zip

from accounts import audit, sessions
from accounts.models import User
from accounts.services import user_of
from accounts.views import Limited
from feedback.models import Feedback
from feedback.serializers import FeedbackSerializer
from foundation.postgresql.replica.reading import alias_for
from foundation.postgresql.windows import in_windows
from predictions.api.serializers import PredictionSerializer
from predictions.classifiers import Classifier
from predictions.models import Prediction
from predictions.services import history
from predictions.throttles import ExportThrottle

ROWS = 500  # read from the database at a time


class ExportEverythingView(LoginRequiredMixin, Limited):
    throttle_class = ExportThrottle
    counted_methods = {"GET", "HEAD"}

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        user = user_of(request)
        audit.record(
            audit.Action.EXPORTED, request, actor=user, target=user, detail={"format": "zip"}
        )
        name = f"image-classification-{timezone.localdate()}.zip"
        return StreamingHttpResponse(
            stream_zip(members(user, alias_for(request))),
            content_type="application/zip",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "private, no-store",
            },
        )


def members(user: User, database: str) -> Iterator[MemberFile]:
    """The files of the ZIP. Rows have the form in which the API writes them."""
    asked = in_windows(history(user).using(database), ROWS)
    feedback = Feedback.objects.using(database).filter(user=user)
    said = in_windows(feedback.select_related("prediction", "classifier"), ROWS)
    yield member("account.json", [as_json(account(user))])
    yield member("predictions.json", json_array(PredictionSerializer(row).data for row in asked))
    yield member("feedback.json", json_array(FeedbackSerializer(row).data for row in said))
    missing: list[str] = []
    yield from pictures(user, database, missing)
    if missing:
        yield member("MISSING.txt", [f"{name}\n".encode() for name in missing])


def account(user: User) -> dict[str, Any]:
    return {
        "email": user.email,
        "name": user.username,
        "language": user.language,
        "created_at": user.created_at,
        "api_tokens": user.api_tokens.values(
            "name", "prefix", "scopes", "created_at", "expires_at", "last_used_at"
        ),
        "classifiers": [classifier(own) for own in user.classifiers.all()],
        "webhooks": user.webhooks.values("url", "created_at"),
        "passkeys": user.passkeys.values("name", "created_at", "last_used_at"),
        "signed_in": [
            {name: getattr(row, name) for name in ("address", "user_agent", "signed_in_at")}
            for row in sessions.of(user)
        ],
    }


def classifier(own: Classifier) -> dict[str, Any]:
    return {
        **{name: getattr(own, name) for name in ("name", "title", "is_public", "created_at")},
        "shared_with": own.shares.values("may_teach", "created_at", email=F("user__email")),
    }


def pictures(user: User, database: str, missing: list[str]) -> Iterator[MemberFile]:
    """Each picture once, however often it was sent; adds files missing from the storage to
    `missing`.
    """
    once = (
        Prediction.objects.using(database)
        .filter(user=user, image__file_deleted_at=None)
        .select_related("image")
        .order_by("image_id", "-created_at")
        .distinct("image_id")
    )
    for prediction in in_windows(once, ROWS):
        name = f"pictures/{prediction.image_file_name}"
        try:
            file = prediction.image.file.open("rb")
        except FileNotFoundError:
            missing.append(name)
        else:
            # Pictures are compressed already. An uncompressed member is held until its size is
            # known; MAX_FILE_BYTES limits that.
            yield member(name, chunks(file), NO_COMPRESSION_64)


def chunks(file: File) -> Iterator[bytes]:
    with file:
        yield from file.chunks()


def member(name: str, content: Iterable[bytes], method: Method = ZIP_64) -> MemberFile:
    return name, timezone.now(), 0o600, method, content


def json_array(rows: Iterable[Any]) -> Iterator[bytes]:
    before = "["
    for row in rows:
        yield before.encode() + b"\n" + as_json(row)
        before = ","
    yield b"[]\n" if before == "[" else b"\n]\n"


def as_json(value: Any) -> bytes:
    return json.dumps(value, cls=JSONEncoder, ensure_ascii=False, indent=2).encode()
