"""A short `make fuzz` with a fixed seed: a service of its own, 300 mutants, 300 requests."""

import os

import pytest

from tests.fuzz.run import run
from tests.fuzz.service import fuzzed

SEED = int(os.environ.get("FUZZ_SEED") or 18)
MUTATIONS = REQUESTS = 300


@pytest.fixture(scope="module")
def report(copy_prepared, tmp_path_factory):
    data = tmp_path_factory.mktemp("fuzz")
    copy_prepared(data)
    with fuzzed(data / "up.log") as running:
        report = run(running, data / "up.log", SEED, MUTATIONS, REQUESTS)
    print(report)
    return report


def test_a_short_fuzz_run_finds_nothing(report):
    assert report.figures.findings == [], "\n\n".join(report.figures.findings)


def test_every_mutant_is_answered_failed_or_refused(report):
    assert report.figures.outcomes.total() == MUTATIONS, report
    assert {"done", "failed", "refused"} == set(report.figures.outcomes)


def test_at_least_the_demanded_number_of_requests_is_answered(report):
    assert report.figures.schemathesis.total() >= REQUESTS


def test_a_well_behaved_user_is_served_throughout_the_run(report):
    assert len(report.waits) > 10
