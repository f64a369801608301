"""The simulation of `benchmarks.simulation` against formulas, and against what was measured."""

import math
from collections.abc import Callable
from dataclasses import fields, replace
from itertools import pairwise
from statistics import mean
from typing import Any

import numpy as np
import pytest
from simpy import Environment

from benchmarks import simulation
from benchmarks.service import RESULTS
from benchmarks.simulated.autoscaling import Fleet, Rules, simulate
from benchmarks.simulated.cores import Cores
from benchmarks.simulated.costs import Cost, Costs, line
from benchmarks.simulated.runs import closed, opened, this_machine
from benchmarks.simulated.service import Machine

NOTHING = Costs(
    **{
        field.name: Cost(0.0, 0.0) if field.type is Cost else 0.0
        for field in fields(Costs)
        if field.name != "slice"
    }
)
SERVICE = 20.0  # milliseconds that the only step with a cost takes


def only(costs: Costs, **of_machine: Any) -> Callable[[Environment], Machine]:
    """One of everything, on a core of its own and with as many web threads as are asked for."""

    def make(env: Environment) -> Machine:
        return Machine(
            env,
            costs,
            web=[Cores(env, 1)],
            postgres=Cores(env, 1),
            valkey=Cores(env, 1),
            workers=[Cores(env, 1)],
            clients=Cores(env, 1),
            **{"web_threads": 10_000} | of_machine,
        )

    return make


@pytest.mark.parametrize("load", [0.5, 0.75])
def test_a_worker_without_batches_is_an_m_d_1_queue(load: float) -> None:
    make = only(replace(NOTHING, elsewhere=SERVICE), batch_size=1)
    seen = opened(make, 1000 * load / SERVICE, 500)
    waits = mean(seen.latencies) - SERVICE
    # Pollaczek and Khinchine's formula for a service time that is always the same.
    assert waits == pytest.approx(load * SERVICE / (2 * (1 - load)), rel=0.06)


def test_threads_that_share_a_core_are_an_m_d_1_queue_with_processor_sharing() -> None:
    load = 0.5
    make = only(replace(NOTHING, record=SERVICE))
    seen = opened(make, 1000 * load / SERVICE, 250)
    # Kleinrock, Queueing Systems, volume 2, section 4.4: only the mean matters.
    assert mean(seen.latencies) == pytest.approx(SERVICE / (1 - load), rel=0.06)


def test_clients_that_wait_share_what_the_bottleneck_carries() -> None:
    seen = closed(only(replace(NOTHING, elsewhere=SERVICE)), 8, 2000)
    assert seen.per_second == pytest.approx(1000 / SERVICE, rel=0.01)
    assert seen.percentile(50) == pytest.approx(8 * SERVICE, rel=0.01)  # Little's law


def test_two_batches_are_under_way_of_pictures_that_clients_send_again() -> None:
    costs = replace(NOTHING, elsewhere=SERVICE)
    assert closed(only(costs), 64, 2000).batch_size == pytest.approx(16, rel=0.02)
    # As in the worker: while one batch runs, the next is in hand, and the clients are divided.
    assert closed(only(costs), 16, 2000).batch_size < 12
    assert closed(only(costs), 1, 20).batch_size == 1


def test_web_threads_limit_what_waits_in_the_queue() -> None:
    make = only(replace(NOTHING, elsewhere=SERVICE), web_threads=4)
    assert closed(make, 64, 1000).batch_size <= 4


def test_a_line_is_found_through_points_and_never_costs_less_than_nothing() -> None:
    batches = np.array([1.0, 0.5, 0.25])
    found = line(batches, 3 + 2 * batches)
    assert found.batch == pytest.approx(2) and found.picture == pytest.approx(3)
    assert line(batches, 5 - 2 * batches) == Cost(0.0, pytest.approx(5 - 3.5 / 3))


@pytest.mark.parametrize("run", ["2026-11-30T1908Z", "2026-11-30T1831Z"])
def test_the_predictions_are_within_15_percent_of_what_was_measured(run: str) -> None:
    figures = simulation.Figures(
        RESULTS / f"{run}-cells.json", RESULTS / "2026-11-30T1908Z-capacity.json"
    )
    for workers, clients in sorted(simulation.NEW):
        saw = figures.cell(workers, clients)
        says = closed(this_machine(figures.costs, workers), clients, saw["pictures"])
        assert says.per_second == pytest.approx(saw["per_second"], rel=0.15)
        assert says.percentile(50) == pytest.approx(saw["p50_ms"], rel=0.15)


def test_an_engine_elsewhere_is_predicted_as_it_was_measured() -> None:
    figures = simulation.Figures(simulation.latest("cells"), simulation.latest("capacity"))
    for row in figures.capacity:
        if row["engine_ms"]:
            says = simulation.with_sleep(figures, row)
            assert says.per_second == pytest.approx(row["per_second"], rel=0.15)
            assert says.percentile(50) == pytest.approx(row["p50_ms"], rel=0.15)


def scaled(rules: Rules, rate: Callable[[float], float], seconds: float) -> Fleet:
    """Workers that take a tenth of a second for any batch: 160 pictures a second at most."""
    return simulate(rules, rate, seconds, lambda pictures: 0.1)


def test_load_that_one_worker_carries_adds_none() -> None:
    fleet = scaled(Rules(waiting=16, rate=None, starts=10), lambda now: 40, 900)
    assert [number for _, number in fleet.scaled] == [1]
    assert fleet.paid_seconds() == 900


def test_workers_are_added_at_the_next_look_and_at_most_doubled_or_two_more() -> None:
    rules = Rules(waiting=16, rate=None, starts=10)
    fleet = scaled(rules, lambda now: 2000 if now > 100 else 10, 200)
    assert fleet.scaled == [(0, 1), (105, 3), (135, 6), (165, 12), (195, 24)]


def test_workers_stay_for_the_window_of_stabilisation_and_end_one_a_minute() -> None:
    fleet = scaled(
        Rules(waiting=16, rate=None, starts=0), lambda now: 1000 if 100 < now < 160 else 10, 1500
    )
    most = max(number for _, number in fleet.scaled)
    ended = [when for (_, before), (when, number) in pairwise(fleet.scaled) if number < before]
    assert most > 2
    assert 400 <= ended[0] <= 520
    assert {later - earlier for earlier, later in pairwise(ended)} == {60}
    assert fleet.scaled[-1][1] == 1


def test_a_rate_keeps_as_many_workers_as_it_takes() -> None:
    fleet = scaled(Rules(waiting=16, rate=100, starts=10), lambda now: 450, 900)
    assert {number for when, number in fleet.scaled if when > 300} <= {5}
    assert fleet.wanted == 5
    late = [seconds for came, seconds in fleet.took if came > 300]
    assert max(late) < 1


def test_none_works_while_nothing_comes_and_one_starts_at_keda_s_next_look() -> None:
    rules = Rules(waiting=16, rate=None, starts=10, least=0)
    fleet = scaled(rules, lambda now: 20 if now < 100 else 1e-9, 900)
    assert fleet.scaled[0] == (10, 1)
    assert min(came + seconds for came, seconds in fleet.took) == pytest.approx(20, abs=0.2)
    (ended, number) = fleet.scaled[-1]
    assert number == 0 and 300 < ended <= 415


def test_requests_that_find_no_thread_wait_where_nobody_counts_them() -> None:
    rules = Rules(waiting=64, rate=None, starts=10)
    fleet = simulate(rules, lambda now: 400, 300, lambda pictures: 0.1, room=64)
    assert fleet.wanted == 1  # 64 at most are counted, of thousands
    assert len(fleet.outside) > 10_000
    assert math.isclose(fleet.paid_seconds(), 300)
