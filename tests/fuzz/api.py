"""Schemathesis against the running service's own /schema: all checks, signed in."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from benchmarks.service import PROJECT, Running
from tests.fuzz.figures import Figures

CONFIGURATION = PROJECT / "tests" / "fuzz" / "schemathesis.toml"
HOOKS = "tests.fuzz.accounts_for_schemathesis"
# The first of them alone sends about a thousand requests, always the same.
ALL_PHASES, FUZZING = "examples,coverage,fuzzing,stateful", "examples,fuzzing,stateful"


def fuzz(running: Running, figures: Figures, seed: int, count: int, folder: Path) -> None:
    """At least so many requests, pass after pass, each with a seed of its own."""
    sent, passes = 0, 0
    while sent < count:
        phases = ALL_PHASES if count - sent > 2000 else FUZZING
        # There are some thirty operations, and not all of them have something to choose.
        options = ["--seed", str(seed + passes), "--phases", phases]
        options += ["-n", str(max(8, (count - sent) // 25))]
        said, statuses = run(running, options, passes, folder)
        if said:
            figures.find(f"schemathesis {' '.join(options)}:\n{said}")
        figures.schemathesis += statuses
        sent += statuses.total()
        passes += 1
        if not statuses:
            return  # it could not even begin; the finding says why


def run(
    running: Running, options: list[str], passes: int, folder: Path
) -> tuple[str, Counter[str]]:
    """What it complained of, nothing if all was well; and how often it was answered how."""
    site, counts = f"http://127.0.0.1:{running.port}", folder / f"statuses-{passes}.json"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION)]
    command += ["run", f"{site}/schema?format=json", "--no-color", *options]
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env={
            **os.environ,
            "SCHEMATHESIS_HOOKS": HOOKS,
            "FUZZ_SITE": site,
            "FUZZ_COUNTS": str(counts),
            "FUZZ_FIRST_ACCOUNT": str(1000 * passes),
        },
        capture_output=True,
        text=True,
    )
    said = done.stdout[done.stdout.find("=== FAILURES") :] + done.stderr if done.returncode else ""
    statuses = json.loads(counts.read_text()) if counts.exists() else {}
    return said, Counter(statuses)
