"""`make fuzz`: a service of its own, mutants and requests for as long as it takes, and figures.

Ends with an error if anything was found; the pictures it was found with are in fuzz-findings.
"""

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from secrets import randbelow

from tests.fuzz.figures import FOLDER
from tests.fuzz.run import run
from tests.fuzz.service import fuzzed


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Stopped."))  # and the service with it
    seed = int(os.environ.get("FUZZ_SEED") or randbelow(1_000_000))
    mutations = int(os.environ.get("FUZZ_MUTATIONS") or 5_000)
    requests = int(os.environ.get("FUZZ_REQUESTS") or 10_000)
    shutil.rmtree(FOLDER, ignore_errors=True)
    print(f"FUZZ_SEED={seed} FUZZ_MUTATIONS={mutations} FUZZ_REQUESTS={requests}", flush=True)
    with tempfile.TemporaryDirectory(prefix="classifier-fuzz-") as data:
        log = Path(data) / "up.log"
        with fuzzed(log) as running:
            report = run(running, log, seed, mutations, requests)
        if report.figures.findings:
            FOLDER.mkdir(exist_ok=True)
            shutil.copy(log, FOLDER)
    for finding in report.figures.findings:
        print(f"== {finding}\n")
    print(report)
    print(f"{len(report.figures.findings)} findings")
    return 1 if report.figures.findings else 0


if __name__ == "__main__":
    sys.exit(main())
