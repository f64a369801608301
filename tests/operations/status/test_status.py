"""`manage.py status`: what it shows, how wide, and over and over."""

import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import time
from datetime import timedelta
from fcntl import ioctl
from io import StringIO
from termios import TIOCSWINSZ

import pytest
from django.core.management import call_command
from django.utils import timezone
from rq import SimpleWorker

from classifier_site.management.commands.status import ENTER, LEAVE
from classifier_site.operations.backups.models import Backup
from classifier_site.operations.maintenance import state
from classifier_site.operations.status.lines import lasted, lines, size
from classifier_site.operations.status.snapshot import add_rates, take
from predictions.models import Image, Inference
from predictions.queueing.liveness import KNOWN_FOR, SILENT_AFTER, WORKER_TTL
from predictions.queueing.queue import CLASSIFY
from tests.conftest import PROJECT
from tests.serving import DEAD_DATABASE, DEAD_REDIS

pytestmark = pytest.mark.django_db(transaction=True)


def status(*arguments):
    out = StringIO()
    call_command("status", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def busy(model, other_queue):
    """A service with something of everything; one worker, of two, has stopped."""
    image = Image.objects.create(
        sha256="0" * 64, md5="0" * 32, format="PNG", width=9, height=9, size=99, file="0.png"
    )
    Inference.objects.create(
        image=image, model_version=model, status="failed", error="It crashed three workers."
    )
    Backup.objects.create(
        made_at=timezone.now() - timedelta(hours=30),
        took=timedelta(seconds=9),
        place="/backups/snapshots/20261130T021500Z",
        pictures=3,
        missing=0,
        size=3000,
        added=1000,
    )
    state.begin("Back at noon.")
    other_queue.enqueue(CLASSIFY, 1)
    workers = [SimpleWorker([other_queue], worker_ttl=WORKER_TTL) for _ in range(2)]
    for worker in workers:
        worker.register_birth()
        worker.set_state("idle")
    other_queue.connection.expire(workers[1].key, KNOWN_FOR - SILENT_AFTER - 1)
    return workers


def test_one_look_shows_everything(busy, model):
    said = status()
    for line in (
        r"maintenance +Back at noon\.",
        r"database +PostgreSQL 1\d\.\d+, [\d.,]+ MB, \d+ of \d+ connections",
        r"disk +.* free \(\d+%\), .* of pictures",
        r"backup +1 d 6 h ago, /backups/snapshots/20261130T021500Z",
        r"predictions +1 +1 +0",
        r"training +0 +0 +0",
        rf"{busy[0].name[:8]}.* predictions +0\.0 +0 .* waits for work",
        rf"{busy[1].name[:8]}.*has stopped without a word",
        rf"imagenet +champion +{re.escape(str(model))}",
        r"\d\d-\d\d \d\d:\d\d  answer \d+ +It crashed three workers\.",
    ):
        assert re.search(rf"^{line}$", said, re.M), f"{line}\n{said}"


def test_programs_get_the_same_as_json(busy, model):
    said = json.loads(status("--json"))
    assert said["database"]["models"][0]["version"] == str(model)
    assert said["redis"]["queues"][0] == {
        "name": "predictions",
        "waiting": 1,
        "workers": 1,
        "failed": 0,
    }
    assert sorted(worker["state"] for worker in said["redis"]["workers"]) == ["idle", "silent"]
    assert said["database"]["backup"]["age_seconds"] == pytest.approx(30 * 3600, abs=60)


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(busy, width):
    now = take()
    now.database.errors[0].says = "Because of this and that, " * 10
    shown = lines(now, width)
    assert max(map(len, shown)) == width


def test_pictures_a_second_are_counted_between_two_looks(busy):
    before = take()
    busy[0].connection.hincrby(busy[0].key, "successful_job_count", 60)
    now = take()
    now.at = before.at + timedelta(seconds=2)
    add_rates(now, before)
    rates = {worker.name: worker.images_per_second for worker in now.redis.workers}
    assert rates == {busy[0].name: 30.0, busy[1].name: 0.0}


def test_servers_that_do_not_answer_are_named_and_the_rest_is_shown(settings, model):
    settings.REDIS_URL = DEAD_REDIS
    said = status()
    assert "redis       does not answer" in said and "imagenet" in said


def test_it_is_redrawn_in_place_until_ctrl_c():
    """On a terminal of 80 columns and 24 rows, with both servers gone."""
    ours, theirs = pty.openpty()
    ioctl(theirs, TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "manage.py", "status", "--watch"],
        cwd=PROJECT,
        env={**os.environ, "DATABASE_URL": DEAD_DATABASE, "REDIS_URL": DEAD_REDIS},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    said, deadline = "", time.monotonic() + 60
    while said.count("Ctrl-C ends.") < 2:
        assert time.monotonic() < deadline, said
        said += read(ours)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 0
    said += read(ours)
    assert said.startswith(ENTER) and said.count(ENTER) == 1
    assert said.count("\033[Hclassifier ") == said.count("Ctrl-C ends.")
    assert said.count("database    does not answer") >= 2
    assert said.endswith(LEAVE) and "Traceback" not in said
    os.close(ours)


def read(terminal):
    if not select.select([terminal], [], [], 1)[0]:
        return ""
    try:
        return os.read(terminal, 65536).decode()
    except OSError:  # Linux says so when all at the other end have gone
        return ""


def test_sizes_and_times_are_for_people():
    assert [size(n) for n in (999, 1_500_000, 2 * 10**9)] == ["1 kB", "1.5 MB", "2.0 GB"]
    assert [lasted(n) for n in (5, 65, 7260, 200_000)] == [
        "5 s",
        "1 min 5 s",
        "2 h 1 min",
        "2 d 7 h",
    ]
