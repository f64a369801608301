import subprocess
import sys

import pytest

from tests.conftest import PROJECT

pytestmark = pytest.mark.django_db  # else there is no database to name


@pytest.fixture
def check(environment, tmp_path):
    """`manage.py check` with these variables instead of the tests' (None: not set)."""

    def run(**variables):
        env = {**environment, "CLASSIFIER_DATA": str(tmp_path), **variables}
        return subprocess.run(
            [sys.executable, "manage.py", "check"],
            cwd=PROJECT,
            env={name: value for name, value in env.items() if value is not None},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return run


def assert_refused(result, sentence):
    assert result.returncode != 0
    assert sentence in result.stderr.strip().splitlines()[-1]


def test_it_starts_with_what_a_deployment_sets(check):
    assert check().returncode == 0


@pytest.mark.parametrize("key", [None, ""])
def test_no_secret_key_is_refused(check, key):
    assert_refused(check(SECRET_KEY=key), "SECRET_KEY is not set.")


def test_a_short_secret_key_is_refused(check):
    assert_refused(check(SECRET_KEY="x" * 31), "SECRET_KEY is too short")


@pytest.mark.parametrize("name", ["WORKERS", "CLASSIFIER_THREADS", "CLASSIFIER_BATCH_SIZE"])
def test_zero_is_refused_where_one_is_the_minimum(check, name):
    assert_refused(check(**{name: "0"}), f"{name} is 0; it must be 1 or more.")


def test_all_hosts_are_refused(check):
    assert_refused(check(ALLOWED_HOSTS="example.com,*"), "ALLOWED_HOSTS must name")


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_a_missing_server_is_refused(check, name):
    assert_refused(check(**{name: None}), f"{name} is not set.")


@pytest.mark.parametrize("url", ["sqlite:///db.sqlite3", "mysql://user@localhost/name"])
def test_another_database_than_postgres_is_refused(check, url):
    assert_refused(check(DATABASE_URL=url), "DATABASE_URL must name a PostgreSQL database")


def test_an_invalid_database_url_is_refused(check):
    assert_refused(check(DATABASE_URL="nonsense"), "DATABASE_URL")


def test_default_rates_are_those_of_the_contract(environment):
    code = (
        "from classifier_site.settings import REST_FRAMEWORK as drf, THROTTLE_ACCOUNT as account\n"
    )
    code += "rates = drf['DEFAULT_THROTTLE_RATES']\n"
    names = ("login", "signup", "predict", "read", "feedback", "export")
    code += f"print(*(rates[each] for each in {names}), *account)"
    env = {name: value for name, value in environment.items() if "THROTTLE" not in name}

    def rates(**variables):
        return subprocess.check_output(
            [sys.executable, "-c", code], cwd=PROJECT, env=env | variables, text=True
        ).strip()

    small = "1200/min 120/min 10/min"
    assert rates() == f"20/min 10/min 600/min {small} 5/min 20/hour 50/day"
    none = rates(THROTTLE_LOGIN="", THROTTLE_SIGNUP="3/hour", THROTTLE_PREDICT="")
    assert none == f"None 3/hour None {small} 5/min 20/hour 50/day"
    others = rates(THROTTLE_READ="", THROTTLE_FEEDBACK="9/sec", THROTTLE_EXPORT="2/day")
    assert others == "20/min 10/min 600/min None 9/sec 2/day 5/min 20/hour 50/day"
    assert rates(THROTTLE_ACCOUNT="").endswith(small)


@pytest.mark.parametrize("rate", ["20", "20/5min", "abc", "0/min", "20/year"])
@pytest.mark.parametrize(
    "name",
    [
        "THROTTLE_LOGIN",
        "THROTTLE_SIGNUP",
        "THROTTLE_PREDICT",
        "THROTTLE_ACCOUNT",
        "THROTTLE_READ",
        "THROTTLE_FEEDBACK",
        "THROTTLE_EXPORT",
    ],
)
def test_an_invalid_rate_is_refused(check, name, rate):
    """Django REST framework would find out when somebody signs in, and answer 500."""
    assert_refused(check(**{name: rate}), f"{name} is '{rate}'; it must be like ")


def test_an_unknown_log_level_is_refused(check):
    assert_refused(check(LOG_LEVEL="loud"), "LOG_LEVEL is 'loud'; it can be INFO, DEBUG, ")


@pytest.mark.parametrize("token", ["secret", "é" * 32, " " * 32])
def test_a_weak_or_unprintable_metrics_token_is_refused(check, token):
    assert_refused(check(METRICS_TOKEN=token), "printable ASCII characters, without spaces.")


@pytest.mark.parametrize("port", ["0", "-1", "70000"])
def test_an_invalid_port_is_refused(check, port):
    assert_refused(check(METRICS_PORT=port), "it must be from 1 to 65535.")


@pytest.mark.parametrize("folder", ["/proc/counts", "/dev/null", ""])
def test_an_invalid_metrics_folder_is_refused(check, folder):
    assert_refused(check(PROMETHEUS_MULTIPROC_DIR=folder), "PROMETHEUS_MULTIPROC_DIR")


@pytest.mark.parametrize(
    "address", ["classifier.example.org", "https://x/y", "ftp://x", "https://"]
)
def test_an_invalid_site_url_is_refused(check, address):
    assert_refused(check(SITE_URL=address), "SITE_URL is")


def test_an_http_site_url_is_refused_with_https(check):
    assert_refused(check(SITE_URL="http://x", HTTPS="1"), "SITE_URL must begin with https://")
    assert check(SITE_URL="https://classifier.example.org:8443/", HTTPS="1").returncode == 0


@pytest.mark.parametrize(
    "url",
    [
        "localhost:3310",
        "http://localhost:3310",
        "tcp://localhost",
        "tcp://:3310",
        "tcp://localhost:0",
        "tcp://localhost:99999",
        "tcp://localhost:clamd",
        "tcp://localhost:3310/scan",
        "tcp://user@localhost:3310",
        "tcp://local host:3310",
        "/run/clamd.sock",
        "unix://run/clamd.sock",
        "unix:///" + "x" * 107,
    ],
)
def test_an_invalid_clamd_url_is_refused(check, url):
    assert_refused(check(CLAMD_URL=url), f"CLAMD_URL is '{url}'; it must be like ")


@pytest.mark.parametrize("url", ["", "tcp://[::1]:3310", "unix:///" + "x" * 106])
def test_a_valid_clamd_url_is_accepted(check, url):
    assert check(CLAMD_URL=url).returncode == 0


def test_an_unknown_clamd_unreachable_is_refused(check):
    said = "CLAMD_UNREACHABLE is 'ignore'; it can be refuse, accept."
    assert_refused(check(CLAMD_UNREACHABLE="ignore"), said)
