"""A snapshot as lines for a terminal, none wider than it is."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from classifier_site.operations.status.snapshot import OfDatabase, OfRedis, Snapshot, WorkerNow

INDENT = 12


def lines(now: Snapshot, width: int) -> list[str]:
    return [clipped(line, width) for line in written(now)]


def clipped(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: max(0, width - 1)]}…"


def written(now: Snapshot) -> Iterator[str]:
    yield f"classifier {now.version}    {now.at:%Y-%m-%d %H:%M:%S} UTC"
    if now.database and now.database.maintenance:
        yield titled("maintenance", now.database.maintenance)
    yield ""
    yield titled("database", of_database(now.database))
    yield titled("redis", of_redis(now.redis))
    if now.database:
        yield titled("disk", of_disk(now.database))
        yield titled("backup", of_backup(now.database))
    if now.redis:
        yield ""
        yield from of_queues(now.redis)
        yield ""
        yield from of_workers(now.redis.workers, now.at)
        if now.redis.unloadable:
            yield f"A worker cannot load a model. {now.redis.unloadable}"
    if now.database:
        yield ""
        yield from of_models(now.database)
        yield ""
        yield from of_errors(now.database)


def titled(title: str, text: str) -> str:
    return f"{title:<{INDENT}}{text}"


def of_database(found: OfDatabase | None) -> str:
    if found is None:
        return "does not answer; `manage.py doctor` says why"
    used = f"{found.connections} of {found.most_connections} connections"
    return f"PostgreSQL {found.version.split()[0]}, {size(found.bytes)}, {used}"


def of_redis(found: OfRedis | None) -> str:
    if found is None:
        return "does not answer; `manage.py doctor` says why"
    of = f" of {size(found.most_bytes)}" if found.most_bytes else ""
    return f"{found.version}, {size(found.bytes)}{of}"


def of_disk(found: OfDatabase) -> str:
    if found.disk_free_bytes is None or found.disk_used_bytes is None:
        return f"pictures are in S3, {size(found.pictures_bytes)}"
    whole = found.disk_free_bytes + found.disk_used_bytes
    share = found.disk_free_bytes / max(1, whole)
    return (
        f"{size(found.disk_free_bytes)} of {size(whole)} free ({share:.0%}), "
        f"{size(found.pictures_bytes)} of pictures"
    )


def of_backup(found: OfDatabase) -> str:
    if found.backup is None:
        return "none was made with `manage.py backup`"
    missing = f", {found.backup['missing']} files missing" if found.backup["missing"] else ""
    return f"{lasted(found.backup['age_seconds'])} ago{missing}, {found.backup['place']}"


def of_queues(found: OfRedis) -> Iterator[str]:
    rows = [("QUEUE", "WAITING", "WORKERS", "FAILED")]
    rows += [
        (queue["name"], *(f"{queue[key]:,}" for key in ("waiting", "workers", "failed")))
        for queue in found.queues
    ]
    yield from table(rows)
    if found.oldest_waiting_seconds:
        stalled = ", and no worker makes progress" if found.is_stalled else ""
        yield f"The oldest picture has waited for {lasted(found.oldest_waiting_seconds)}{stalled}."


def of_workers(workers: Sequence[WorkerNow], at: datetime) -> Iterator[str]:
    if not workers:
        yield "No worker is running."
        return
    rows = [("WORKER", "FOR", "IMAGES/S", "DONE", "UP", "DOES")]
    rows += [
        (
            f"{worker.name[:8]} {worker.process}@{worker.host}"[:28],
            ", ".join(worker.queues),
            "" if worker.images_per_second is None else f"{worker.images_per_second:,.1f}",
            f"{worker.done:,}",
            lasted((at - worker.since).total_seconds()) if worker.since else "",
            worker.doing,
        )
        for worker in workers
    ]
    yield from table(rows)


def of_models(found: OfDatabase) -> Iterator[str]:
    if not found.models:
        yield "No model answers: run `manage.py prepare_model auto`."
        return
    rows = [("CLASSIFIER", "ROLE", "VERSION")]
    rows += [
        (
            model.classifier,
            f"{model.role} {model.share}%" if model.share else model.role,
            model.version,
        )
        for model in found.models
    ]
    yield from table(rows)
    if found.classifiers_of_people:
        yield f"and {found.classifiers_of_people:,} classifiers that people have taught"


def of_errors(found: OfDatabase) -> Iterator[str]:
    if not found.errors:
        yield "No errors in 7 days."
        return
    rows = [("LAST ERRORS", "", "")]
    rows += [(f"{each.at:%m-%d %H:%M}", each.what, each.says) for each in found.errors]
    yield from table(rows)


def table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            f"{cell:>{width}}" if is_number(column) else f"{cell:<{width}}"
            for cell, width, column in zip(row, widths, zip(*rows, strict=True), strict=True)
        ]
        yield "  ".join(cells).rstrip()


def is_number(column: Sequence[str]) -> bool:
    """Whether what is below the heading is."""
    cells = [cell for cell in column[1:] if cell]
    return bool(cells) and all(cell.replace(",", "").replace(".", "").isdigit() for cell in cells)


def size(number: int) -> str:
    """In powers of 1000, as disks are sold."""
    for unit, of in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if number >= of:
            return f"{number / of:,.1f} {unit}"
    return f"{number / 1e3:,.0f} kB"


def lasted(seconds: float) -> str:
    whole = timedelta(seconds=int(seconds))
    if whole.days:
        return f"{whole.days} d {whole.seconds // 3600} h"
    hours, rest = divmod(whole.seconds, 3600)
    if hours:
        return f"{hours} h {rest // 60} min"
    return f"{rest // 60} min {rest % 60} s" if rest >= 60 else f"{rest} s"
