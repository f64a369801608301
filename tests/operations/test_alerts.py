"""The alert rules in deploy/prometheus, which Debian's `promtool` checks and runs."""

import re
import subprocess

import pytest
import yaml

from tests.conftest import PROJECT
from tests.operations.programs import find_or_install

FOLDER = PROJECT / "deploy" / "prometheus"
ALERTS = {
    rule["alert"]: rule
    for group in yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"]
    for rule in group["rules"]
}


def promtool(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [find_or_install("promtool"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", FOLDER / "rules.yml"),
        ("check", "config", "--syntax-only", FOLDER / "prometheus.yml"),
        ("test", "rules", FOLDER / "rules.test.yml"),
    ],
    ids=lambda arguments: " ".join(map(str, arguments[:2])),
)
def test_promtool_accepts_rules_and_configuration(arguments):
    done = promtool(*arguments)
    assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_tested():
    tests = yaml.safe_load((FOLDER / "rules.test.yml").read_text())["tests"]
    raised = {
        expected["alertname"]
        for test in tests
        for expected in test["alert_rule_test"]
        if expected.get("exp_alerts")
    }
    assert raised == set(ALERTS)


@pytest.mark.parametrize("name", ALERTS)
def test_each_alert_says_where_to_read_what_to_do(name):
    rule = ALERTS[name]
    assert rule["labels"]["severity"] in ("critical", "warning")
    page, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^#+ (.+)$", (PROJECT / page).read_text(), re.M)
    assert anchor == name.lower()
    assert name in headings
