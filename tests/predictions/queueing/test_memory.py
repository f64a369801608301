"""A worker's memory is bounded whatever is sent, and is returned (figures of the kernel)."""

import gc
import re
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from psutil import Process

from foundation.memory import Budget
from predictions import services
from predictions.inference.limits import UnreadableImage
from predictions.pictures.uploads import PictureUpload
from predictions.queueing import decoding
from predictions.registry.engines import engine_of
from predictions.registry.networks import Network
from tests import demanding
from tests.conftest import PROJECT
from tests.pictures import shades
from tests.predictions.client import send_many, when_finished
from tests.predictions.in_process import answer

PEAK, AFTERWARDS = 700, 400  # MB


def megabytes(pid: int | str, name: str) -> float:
    """VmHWM, the largest resident size so far, or VmRSS, the present one."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) / 1000


def test_a_worker_stays_within_its_memory_while_it_decodes_many_large_pictures(
    api, own_redis, start_worker
):
    largest = {
        "rgba.png": demanding.png_of(7071, 7071),
        "wide.png": demanding.png_of(16_384, 3051),
        "baseline.jpg": demanding.encoded((7071, 7071), "JPEG", subsampling=0),
        "progressive.jpg": demanding.encoded((7071, 7071), "JPEG", progressive=True),
        "every-sample.jpg": demanding.encoded(
            (6320, 6320), "JPEG", progressive=True, subsampling=0
        ),
        "ink.jpg": demanding.encoded((5770, 5770), "JPEG", "CMYK", progressive=True),
        "lossless.webp": demanding.encoded((6000, 4000), "WEBP", lossless=True, method=0),
        "palette.gif": demanding.encoded((7071, 7071), "GIF", "P"),
    }
    addresses = send_many(api, [SimpleUploadedFile(*file) for file in largest.items()])
    worker = start_worker(CLASSIFIER_THREADS="2")
    try:
        watched = Process(worker.pid)
        found = [when_finished(api, address) for address in addresses]
        assert [entry["status"] for entry in found] == ["done"] * len(largest)
        peak, afterwards = megabytes(watched.pid, "VmHWM"), megabytes(watched.pid, "VmRSS")
    finally:
        worker.wait(timeout=60)  # a burst worker leaves when nothing waits
    print(f"worker: peak {peak:.0f} MB, afterwards {afterwards:.0f} MB")
    assert peak < PEAK
    assert afterwards < AFTERWARDS


def test_a_picture_that_needs_more_memory_than_it_declares_fails_alone(
    api, own_redis, start_worker
):
    """295 kB for which libwebp reserves 774 MB of tables; nobody else's picture pays for it."""
    bomb = demanding.webp_with_code_groups(1024)
    files = [
        SimpleUploadedFile("one.webp", bomb),
        SimpleUploadedFile("rgba.png", demanding.png_of(7071, 7071)),
        SimpleUploadedFile("two.webp", bomb + bytes(2)),
        *shades(4),
    ]
    addresses = send_many(api, files)
    worker = start_worker(CLASSIFIER_THREADS="2")
    try:
        found = [when_finished(api, address) for address in addresses]
        peak = megabytes(worker.pid, "VmHWM")
    finally:
        worker.wait(timeout=60)
    assert [entry["status"] for entry in found] == ["failed", "done", "failed"] + ["done"] * 4
    assert found[0]["error"].startswith("The file cannot be read as an image")
    print(f"worker: peak {peak:.0f} MB")
    assert peak < PEAK


@pytest.mark.django_db
def test_a_large_picture_that_ends_early_leaves_nothing_in_memory(user, model):
    """Its error refers to its task, and its task to the error: only the collector frees both."""
    broken = PictureUpload.of(demanding.png_of(7071, 7071, cut=20_000), "broken.png")
    prediction = services.request_prediction(user, broken)
    before = megabytes("self", "VmRSS")
    gc.disable()
    try:
        for _ in range(2):
            with pytest.raises(UnreadableImage):
                answer([prediction.inference])
    finally:
        gc.enable()
    assert megabytes("self", "VmRSS") < before + 100


def run_limited(script: str) -> None:
    """In a process of its own, whose memory it limits to 32 MB more than it has."""
    start = """
import resource
from foundation.memory import Budget, unlimited
budget = Budget(0, threads=0)
with budget.hold(0):
    limit, _ = resource.getrlimit(resource.RLIMIT_DATA)
def is_refused(size):
    try:
        bytearray(size)
    except MemoryError:
        return True
assert is_refused(300_000_000)
"""
    run = subprocess.run([sys.executable, "-c", start + script], cwd=PROJECT, capture_output=True)
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")


def test_the_memory_of_a_new_model_does_not_count_against_the_limit():
    run_limited("""
with unlimited():
    model = bytearray(300_000_000)
raised, _ = resource.getrlimit(resource.RLIMIT_DATA)
assert 250_000_000 < raised - limit < 350_000_000, raised - limit
bytearray(10_000_000)
assert is_refused(300_000_000)
""")


def test_a_picture_can_take_what_it_is_expected_to_and_not_the_whole_budget():
    run_limited("""
budget = Budget(400_000_000, threads=0)
with budget.hold(200_000_000):
    large = bytearray(200_000_000)
    assert is_refused(100_000_000)
""")


def test_a_picture_does_not_raise_the_limit_by_what_another_holds_already():
    run_limited("""
budget = Budget(400_000_000, threads=0)
with budget.hold(200_000_000):
    large = bytearray(200_000_000)
    with budget.hold(1000):
        assert is_refused(100_000_000)
    with budget.hold(100_000_000):
        assert not is_refused(100_000_000)
        assert is_refused(200_000_000)
    assert is_refused(100_000_000)
""")


def test_memory_that_engines_take_again_does_not_count_against_the_limit():
    """Each gives some back before a large picture is decoded, and needs it for the next batch."""
    run_limited("""
budget = Budget(400_000_000, threads=0, beside=lambda: 200_000_000)
with budget.hold(0):
    assert not is_refused(200_000_000)
    assert is_refused(300_000_000)
""")


@pytest.mark.django_db
def test_decoders_leave_room_for_what_each_further_network_takes_again(model):
    for precision in ("f32", "bf16"):
        engine_of(Network(model.name, model.manifest["version"], precision))
    assert decoding.budget.beside() >= 34_000_000  # measured, see engines.py


def test_a_large_picture_waits_for_memory_and_later_ones_wait_behind_it():
    budget, order = Budget(10, threads=2), []

    def take(size: int) -> None:
        with budget.hold(size):
            order.append(size)

    with budget.hold(4):
        threads = []
        for size in (8, 2):
            threads.append(Thread(target=take, args=[size]))
            threads[-1].start()
            time.sleep(0.2)
        assert order == []
    for thread in threads:
        thread.join(timeout=10)
    assert order == [8, 2]
    assert budget.left == 10


def test_a_small_picture_does_not_wait_for_large_ones():
    budget, passed = Budget(160, threads=2), Event()

    def take() -> None:
        with budget.hold(10):
            passed.set()

    with budget.hold(160):
        Thread(target=take).start()
        assert passed.wait(timeout=10)
