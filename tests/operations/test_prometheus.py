"""A real Prometheus, which watches the service after a known load, and is asked for the figures.

Grafana is no package of Debian's, PyPI's or npm's: its panels' queries are asked here.
"""

import json
import math
import re
import time
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
import requests
import yaml
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from accounts.services import issue_tokens
from classifier_site.operations.backups.models import Backup
from tests.conftest import PROJECT
from tests.operations.monitored import DEPLOYED, Prometheus, monitoring
from tests.pictures import photograph, shades
from tests.predictions.versions import register_model

pytestmark = pytest.mark.django_db  # else there is no database to serve

DASHBOARDS = sorted((PROJECT / "deploy" / "grafana" / "dashboards").glob("*.json"))
# What Grafana puts in.
VARIABLES = {"$__rate_interval": "1m", "$__range": "10m"}
# Of cAdvisor, which cannot be had as a package: nobody has looked whether these exist.
UNSEEN_NAMES = {"container_cpu_usage_seconds_total", "container_memory_working_set_bytes"}


class Watched(NamedTuple):
    prometheus: Prometheus
    at: float  # when it had seen all


def queries() -> dict[str, str]:
    """Of each panel, by its name."""
    found = {}
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                query = target["expr"]
                for variable, value in VARIABLES.items():
                    query = query.replace(variable, value)
                found[f"{path.stem}: {panel['title']} {target['refId']}"] = query
    return found


def expressions() -> list[str]:
    """Of each alert."""
    groups = yaml.safe_load((DEPLOYED / "rules.yml").read_text())["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def names(query: str) -> set[str]:
    """The metrics that a query names."""
    for pattern in (r'"[^"]*"', r"\{[^}]*\}", r"\[[^]]*\]", r"\b(by|on) *\([^)]*\)"):
        query = re.sub(pattern, " ", query)
    words = set(re.findall(r"\b[a-z_:][a-z0-9_:]*\b(?! *\()", query))
    return words - {"and", "or", "unless", "by", "on", "e"}


def send(site: str, user: User, prometheus: Prometheus) -> None:
    """Seven pictures, two of them the same, one that is none, and what somebody says of two."""
    http = requests.Session()
    http.headers["Authorization"] = f"Bearer {issue_tokens(user).access}"

    def predict(file: Any) -> Any:
        return http.post(f"{site}/model/predict", files={"file": (file.name, file)}, timeout=60)

    answers = [predict(file) for file in (photograph(), photograph(), *shades(2))]
    # A rate needs a value from before: what is counted for the first time begins there.
    prometheus.wait_for("sum(ml_answers_total)", [3.0])
    for answer, correct in zip(answers[1:3], (True, False), strict=True):
        http.post(
            f"{site}/model/predictions/{answer.json()['id']}/feedback",
            json={"correct": correct, **({} if correct else {"label": "teapot"})},
            timeout=60,
        ).raise_for_status()
    prometheus.wait_for("sum(feedback_verdicts_total)", [2.0])
    answers += [predict(file) for file in shades(5)[2:]]
    assert {answer.status_code for answer in answers} == {200}
    notes = photograph()
    notes.name = "notes.txt"
    assert predict(notes).status_code == 400
    http.post(
        f"{site}/model/predictions/{answers[0].json()['id']}/feedback",
        json={"correct": True},
        timeout=60,
    ).raise_for_status()


def backed_up(age: timedelta) -> None:
    """As if somebody had made a backup so long ago."""
    Backup.objects.create(
        made_at=timezone.now() - age,
        took=timedelta(seconds=9),
        place="/backups/snapshots/20261130T021500Z",
        pictures=3,
        missing=0,
        size=3000,
        added=1000,
    )


@pytest.fixture(scope="module")
def watched(tmp_path_factory: Any, serve: Any, environment: Any, django_db_blocker: Any) -> Any:
    with django_db_blocker.unblock():
        register_model()
        user = User.objects.create_user("ada@example.com", username="ada")
        backed_up(timedelta(hours=2))
        try:
            folder = tmp_path_factory.mktemp("monitored")
            with monitoring(folder, serve, environment) as (site, prometheus):
                send(site, user, prometheus)
                prometheus.wait_for("sum(ml_answers_total)", [6.0])
                prometheus.wait_for("sum(feedback_verdicts_total)", [3.0])
                prometheus.wait_for("probe_success", [1.0])
                yield Watched(prometheus, time.time())
        finally:
            call_command("flush", verbosity=0, interactive=False)


@pytest.mark.parametrize(
    ("query", "number"),
    {
        'http_requests_total{endpoint="/model/predict", method="POST", status="200"}': 7,
        'http_requests_total{endpoint="/model/predict", method="POST", status="400"}': 1,
        'ml_predictions_total{job="classifier", answer="new"}': 6,
        'ml_predictions_total{job="classifier", answer="cached"}': 1,
        'ml_refused_pictures_total{job="classifier", reason="not_accepted"}': 1,
        'sum(ml_answers_total{job="classifier-workers", classifier="imagenet"})': 6,
        'ml_prediction_duration_seconds_count{job="classifier-workers", stage="inference"}': 6,
        "sum(ml_failures_total)": 0,
        'ml_champion_loaded{job="classifier-workers", classifier="imagenet"}': 1,
        'sum(feedback_verdicts_total{verdict="right"})': 2,
        'sum(feedback_verdicts_total{verdict="wrong"})': 1,
        "ml_workers": 1,
        'redis_queue_length{queue="predictions"}': 0,
        "ml_oldest_waiting_seconds": 0,
        'probe_success{job="site"}': 1,
    }.items(),
)
def test_prometheus_knows_what_was_sent(watched, query, number):
    assert watched.prometheus.ask(query, watched.at) == [number]


@pytest.mark.parametrize("query", queries().values(), ids=queries())
def test_each_panel_shows_something(watched, query):
    if names(query) & UNSEEN_NAMES:
        pytest.skip("cAdvisor cannot be had as a package")
    found = watched.prometheus.ask(query, watched.at)
    assert any(not math.isnan(value) for value in found)


def test_each_metric_of_a_panel_or_an_alert_exists(watched):
    named = set().union(*map(names, [*queries().values(), *expressions()]))
    exist = set(watched.prometheus.get("label/__name__/values"))
    assert named - exist == UNSEEN_NAMES


def test_the_rules_are_evaluated_and_nothing_is_wrong_with_a_healthy_service(watched):
    groups = watched.prometheus.get("rules")["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert {rule["health"] for rule in rules} == {"ok"}
    # The disk is this machine's.
    active = {rule["name"] for rule in rules if rule["state"] != "inactive"}
    assert active <= {"ClassifierDiskLow", "ClassifierDiskFull"}


def test_panels_name_each_metric_as_prometheus_reads_it():
    query = 'sum by (le) (rate(a_bucket{b=~"c|d"}[5m])) / on (e) f > 0.5 and deriv(g[1h]) or h'
    assert names(query) == {"a_bucket", "f", "g", "h"}
