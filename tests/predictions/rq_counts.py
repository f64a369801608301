"""Started, finished and failed jobs of all queues, from each place where RQ tells them."""

import re
import subprocess
import sys

from django.conf import settings
from rq.job import Job

from predictions.models import Inference
from predictions.queueing.queue import get_queue, queues


def job_counts():
    """Started, finished and failed jobs of all queues, as RQ counts them."""
    counts = [
        (q.started_job_registry.count, q.finished_job_registry.count, q.failed_job_registry.count)
        for q in queues()
    ]
    return tuple(map(sum, zip(*counts, strict=True)))


def fetched_counts():
    """The same, asking each job itself."""
    queue = get_queue("bulk")
    jobs = Job.fetch_many(
        [str(job_id) for job_id in Inference.objects.values_list("job_id", flat=True)],
        queue.connection,
        queue.serializer,
    )
    return (
        sum(job.is_started for job in jobs),
        sum(job.is_finished for job in jobs),
        sum(job.is_failed for job in jobs),
    )


def counts_of_rq_info(redis_url):
    """The same, as `rq info` prints them."""
    command = [sys.executable, "-m", "rq.cli", "info", "--url", redis_url, "--only-queues"]
    printed = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout.decode()
    found = re.findall(r"(\d+) executing, (\d+) finished, (\d+) failed", printed)
    assert found, printed
    return tuple(sum(map(int, counts)) for counts in zip(*found, strict=True))


def counts_of_the_admin(page):
    """The same, as the admin's queue page shows them."""
    html = page.get("/admin/django_rq/dashboard/").content.decode()
    found = [
        re.findall(rf'queues/\d+/{state}/">\s*(\d+)', html)
        for state in ("started", "finished", "failed")
    ]
    assert [len(counts) for counts in found] == [len(settings.RQ_QUEUES)] * 3
    return tuple(sum(map(int, counts)) for counts in found)
