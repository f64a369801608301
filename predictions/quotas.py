"""How many pictures and bytes of one person are kept, and how many may be.

Counting reads a row for each picture of the person, so the count is remembered in Redis for a
minute, and what they send meanwhile added to it. Nobody is refused by what is only remembered.
Of requests at the same moment each may take the last room.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from redis.exceptions import RedisError

from accounts.models import User
from predictions.models import Image, Prediction
from predictions.queueing.queue import queues
from predictions.refusals import QuotaOfBytes, QuotaOfPictures

KEY = "classifier:use:{}"
REMEMBERED = 60  # seconds
# Adds to what is remembered of somebody, if anything is.
ADD = """
if redis.call('EXISTS', KEYS[1]) == 0 then return nil end
return {redis.call('HINCRBY', KEYS[1], 'pictures', 1),
        redis.call('HINCRBY', KEYS[1], 'bytes', ARGV[1])}
"""

# The rows that keep their `image` for somebody; apps above this one add theirs.
kept_for: list[Callable[[User], QuerySet[Any]]] = [
    lambda user: Prediction.everything.filter(user=user)  # in the trash too
]


@dataclass(frozen=True)
class Use:
    pictures: int  # different ones
    bytes: int


@dataclass(frozen=True)
class Quota:
    """None: without limit."""

    pictures: int | None
    bytes: int | None

    @property
    def is_unlimited(self) -> bool:
        return self.pictures is None and self.bytes is None

    def refuse(self, use: Use) -> None:
        """Raises NotTaken if that is more than may be kept."""
        if self.pictures is not None and use.pictures > self.pictures:
            raise QuotaOfPictures
        if self.bytes is not None and use.bytes > self.bytes:
            raise QuotaOfBytes


def quota_of(user: User) -> Quota:
    """Their own where staff have given them one, or else everybody's."""
    return Quota(
        settings.QUOTA_PICTURES if user.quota_pictures is None else user.quota_pictures,
        settings.QUOTA_BYTES if user.quota_bytes is None else user.quota_bytes,
    )


def use_of(user: User) -> Use:
    """Counted now: each picture once, however often it was sent. What expired is no longer kept."""
    kept = Q()
    for rows in kept_for:
        kept |= Q(pk__in=rows(user).order_by().values("image"))
    counts = Image.objects.filter(kept, file_deleted_at=None).aggregate(
        pictures=Count("pk"), bytes=Sum("size")
    )
    return Use(counts["pictures"], counts["bytes"] or 0)


def check(user: User, sha256: str, size: int) -> None:
    """Returns if one more picture of `size` bytes may be kept for this person.

    Raises:
        NotTaken: a quota would be exceeded; never by a picture that is kept for them already.
    """
    quota = quota_of(user)
    if quota.is_unlimited:
        return
    try:
        quota.refuse(remembered_with(user, size) or counted_with(user, sha256, size))
    except (QuotaOfBytes, QuotaOfPictures):
        quota.refuse(counted_with(user, sha256, size))


def remembered_with(user: User, size: int) -> Use | None:
    connection = queues()[0].connection
    try:
        found = connection.register_script(ADD)([KEY.format(user.pk)], [size])
    except RedisError:
        return None
    return Use(*cast(list[int], found)) if found else None


def counted_with(user: User, sha256: str, size: int) -> Use:
    """Counts, and remembers it with this picture."""
    use = use_of(user)
    is_kept = any(
        rows(user).filter(image__sha256=sha256, image__file_deleted_at=None).exists()
        for rows in kept_for
    )
    if not is_kept:
        use = Use(use.pictures + 1, use.bytes + size)
    key = KEY.format(user.pk)
    try:
        with queues()[0].connection.pipeline() as pipeline:
            pipeline.hset(key, mapping={"pictures": use.pictures, "bytes": use.bytes})
            pipeline.expire(key, REMEMBERED)
            pipeline.execute()
    except RedisError:  # each picture is counted then
        pass
    return use
