"""A fuzz run reports every finding: a fuzzer is only as good as its judge."""

import subprocess
import sys
from collections import deque

import psutil
import pytest

from benchmarks.service import Running
from tests.fuzz import figures, memory
from tests.fuzz.figures import Figures
from tests.fuzz.mutations import mutant
from tests.fuzz.service import tracebacks

PREDICT = "POST /model/predict"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "FOLDER", tmp_path / "found")
    return tmp_path / "found"


def test_a_500_is_a_finding_and_its_picture_is_kept(folder):
    found, picture = Figures(), mutant(1, 3)
    found.answered(PREDICT, 500, '{"detail": "…"}', [picture])
    assert picture.name in found.findings[0]
    assert [path.read_bytes() for path in folder.iterdir()] == [picture.content]
    assert found.server_errors == 1


@pytest.mark.parametrize("status", [200, 202, 400, 404, 429, 503, 504])
def test_a_documented_status_is_not_a_finding(status):
    found = Figures()
    found.answered(PREDICT, status, '{"detail": "…"}')
    assert (found.findings, found.server_errors) == ([], 0)
    assert found.by_status() == {str(status): 1}


@pytest.mark.parametrize(
    "body",
    ["Traceback (most recent call last):\n  …", 'x File "/srv/predictions/api/views.py", line 12'],
)
def test_a_stack_trace_in_a_response_is_a_finding(body):
    found = Figures()
    found.answered(PREDICT, 400, body)
    assert "stack trace" in found.findings[0]


def test_a_traceback_in_the_log_is_reported_with_the_lines_around_it(tmp_path):
    log = tmp_path / "up.log"
    log.write_text("web | a\nweb | Traceback (most recent call last):\nweb | ValueError: b\n")
    assert tracebacks(log) == [log.read_text().strip()]


def test_a_past_memory_peak_is_reported_with_the_pictures_sent_before(monkeypatch):
    """A process that had 150 MB for a moment, long before anybody looked."""
    grow = (
        "import time; large = bytearray(150_000_000); del large; print(flush=True); time.sleep(60)"
    )
    monkeypatch.setitem(memory.CEILINGS, "server", 100.0)
    sent = deque([mutant(1, 3)])
    found = memory.Memory(sent)
    shell = [sys.executable, "-c", "import subprocess, sys; subprocess.run(sys.argv[1:])"]
    command = [*shell, sys.executable, "-c", grow]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        found.look(Running(process, 0))
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
    assert found.now["server"] < 100 < 150 < found.peaks["server"]
    assert found.suspects == {"server": list(sent)}
