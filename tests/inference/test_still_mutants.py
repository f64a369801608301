"""Damaged HEIC and AVIF files are right or refused: no crash, and no memory that nobody foresaw.

A process of its own decodes them, as a worker does: a crash would end the tests.
"""

import subprocess
import sys

import pytest

MUTANTS = 200  # of each file
SCRIPT = """
import faulthandler, sys
from collections import Counter
from pathlib import Path
from random import Random
from foundation import memory
from predictions.inference.limits import UnreadableImage, measure, memory_limit
from predictions.inference.pictures import decode
from tests.fuzz.mutations import MUTATIONS
from tests.fuzz.seeds import boxed

faulthandler.enable()
memory.take_large_blocks_from_the_system()
MAX_PIXELS = 300_000
budget = memory.Budget(memory_limit(MAX_PIXELS), 1)
outcomes = Counter()
for seed in boxed():
    if seed.kind != sys.argv[1]:
        continue
    for number in range(int(sys.argv[2])):
        random = Random(f"{seed.name}{number}")
        content = seed.content
        for _ in range(random.choice((1, 1, 2))):
            mutation = random.choice(MUTATIONS)
            content = mutation(seed, content, random)[:200_000]
        print(seed.name, number, mutation.__name__, flush=True)
        faulthandler.dump_traceback_later(60, exit=True)
        try:
            measured = measure(content, max_pixels=MAX_PIXELS)
            with budget.hold(measured.memory):
                image = decode(content, measured)
            assert image.mode == "RGB" and image.width * image.height <= MAX_PIXELS
            outcomes["right"] += 1
        except UnreadableImage:
            outcomes["refused"] += 1
        faulthandler.cancel_dump_traceback_later()
print(outcomes["right"], outcomes["refused"])
"""


@pytest.mark.parametrize("kind", ["HEIF", "AVIF"])
def test_mutants_are_right_or_refused(kind: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, kind, str(MUTANTS)], capture_output=True, text=True
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 0, (lines[-1:], done.stderr[-3000:])
    right, refused = map(int, lines[-1].split())
    assert right + refused >= 6 * MUTANTS
    assert min(right, refused) > MUTANTS / 4
