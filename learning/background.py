"""Work that takes long, as the database knows it; what runs is in jobs.py.

PostgreSQL is the truth: Redis can be emptied and workers killed, and it runs again (recovery.py).
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Cancelled(Exception):
    """Somebody has cancelled the work, or another worker has it by now."""


class BackgroundWork(models.Model):
    class Status(models.TextChoices):
        QUEUED = "queued", gettext_lazy("waiting")
        RUNNING = "running", gettext_lazy("running")
        DONE = "done", gettext_lazy("done")
        FAILED = "failed", gettext_lazy("failed")
        CANCELLED = "cancelled", gettext_lazy("cancelled")

    UNFINISHED = [Status.QUEUED, Status.RUNNING]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.QUEUED)
    # Renewed whenever it is enqueued again: a job with another id has lost it.
    job_id = models.UUIDField("job", default=uuid.uuid4)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Times a worker has begun.")
    stage = models.CharField(max_length=20, default="waiting")
    stage_done = models.PositiveIntegerField(default=0)
    stage_total = models.PositiveIntegerField(default=0, help_text="0: not known.")
    error = models.CharField(max_length=300, blank=True, help_text="Why it failed.")
    # Those in which values were filled in: the message id and the values, by the English message.
    sentences = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    reported_at = models.DateTimeField(null=True, help_text="When the worker last spoke of it.")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def is_unfinished(self) -> bool:
        return self.status in self.UNFINISHED

    @property
    def took(self) -> timedelta | None:
        """How long the worker took that has finished it."""
        return self.finished_at - self.started_at if self.started_at and self.finished_at else None

    def mine(self) -> "models.QuerySet[Any]":
        """Its row, as long as it is running in this job."""
        return type(self)._default_manager.filter(
            pk=self.pk, job_id=self.job_id, status=self.Status.RUNNING
        )

    def report(self, stage: str, done: int | None = None, total: int | None = None) -> None:
        """Raises Cancelled."""
        self.stage, self.stage_done, self.stage_total = stage, done or 0, total or 0
        told = self.mine().update(
            stage=stage,
            stage_done=self.stage_done,
            stage_total=self.stage_total,
            reported_at=timezone.now(),
        )
        if not told:
            raise Cancelled

    def cancel(self) -> bool:
        """Whether it was unfinished. A worker notices with its next report."""
        return bool(
            type(self)
            ._default_manager.filter(pk=self.pk, status__in=self.UNFINISHED)
            .update(status=self.Status.CANCELLED, finished_at=timezone.now())
        )

    def told(self, text: str, **values: object) -> str:
        """The message in English. `says` knows it in other languages, once `sentences` is saved."""
        written = text % values if values else text
        if values:
            self.sentences[written] = [text, values]
        return written

    def says(self, written: str) -> str:
        """What `told` returned, in the reader's language."""
        text, values = self.sentences.get(written, [written, {}])
        translated = _(text) if text else ""
        return translated % values if values else translated

    def fail(self, text: str, **values: object) -> bool:
        """Records why, unless it has finished or been cancelled.

        text: a message id for gettext.
        """
        self.error = self.told(text, **values)[:300]
        return bool(
            type(self)
            ._default_manager.filter(pk=self.pk, job_id=self.job_id, status__in=self.UNFINISHED)
            .update(
                status=self.Status.FAILED,
                error=self.error,
                sentences=self.sentences,
                finished_at=timezone.now(),
            )
        )

    def finish(self, **fields: Any) -> None:
        """Raises Cancelled."""
        done = self.mine().update(status=self.Status.DONE, finished_at=timezone.now(), **fields)
        if not done:
            raise Cancelled


class WorkOnFile(BackgroundWork):
    """Work with a file that takes room until it has ended."""

    file = models.FileField()  # each kind has its own folder

    class Meta(BackgroundWork.Meta):
        abstract = True

    def cancel(self) -> bool:
        was_unfinished = super().cancel()
        if was_unfinished:
            self.forget_file()
        return was_unfinished

    def fail(self, text: str, **values: object) -> bool:
        failed = super().fail(text, **values)
        if failed:
            self.forget_file()
        return failed

    def forget_file(self) -> None:
        """It is not needed any more."""
        self.file.delete(save=False)
        type(self)._default_manager.filter(pk=self.pk).update(file="")


class Written(WorkOnFile):
    """A file that somebody can take away for a day."""

    KEPT_FOR = timedelta(days=1)

    file_name = models.CharField(max_length=255, blank=True)

    class Meta(BackgroundWork.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.file_name or str(self.pk)

    @property
    def kept_until(self) -> datetime:
        return self.created_at + self.KEPT_FOR

    @property
    def is_there(self) -> bool:
        """Whether its file can be taken away."""
        done = self.status == self.Status.DONE
        return done and bool(self.file) and timezone.now() < self.kept_until


class Unpacking(WorkOnFile):
    """A ZIP file whose pictures are taken one by one."""

    file_name = models.CharField(max_length=255)
    position = models.PositiveIntegerField(default=0, help_text="Entries that are done.")
    added = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0, help_text="Pictures that were there already.")
    # [name in the archive, why]; the first hundred.
    refused = models.JSONField(default=list)
    refused_number = models.PositiveIntegerField(default=0)

    class Meta(BackgroundWork.Meta):
        abstract = True

    def __str__(self) -> str:
        return self.file_name

    def save_progress(self) -> None:
        """Where another worker goes on, should this one die."""
        self.mine().update(
            position=self.position,
            added=self.added,
            known=self.known,
            refused=self.refused,
            refused_number=self.refused_number,
            sentences=self.sentences,
        )
