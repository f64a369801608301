"""settings.py refuses a wrong value in one sentence.

It is read in this process; that manage.py and gunicorn say its sentence is in test_environment.py.
"""

import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.conftest import PROJECT


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """All settings, with these variables instead of the tests' (None: not set)."""

    def read(**variables: str | None) -> dict[str, Any]:
        with monkeypatch.context() as changed:
            changed.setenv("CLASSIFIER_DATA", str(tmp_path))
            for name, value in variables.items():
                if value is None:
                    changed.delenv(name, raising=False)
                else:
                    changed.setenv(name, value)
            return runpy.run_path(str(PROJECT / "classifier_site" / "settings.py"))

    return read


@pytest.fixture
def refused(read: Callable[..., Any]) -> Callable[..., None]:
    """Asserts that these variables are refused in one sentence that has these words."""

    def refused(words: str, **variables: str | None) -> None:
        with pytest.raises(ImproperlyConfigured) as error:
            read(**variables)
        assert words in str(error.value)
        assert "\n" not in str(error.value)

    return refused


@pytest.mark.django_db  # else there is no database to name
def test_it_starts_with_what_a_deployment_sets(environment, tmp_path):
    env = {**environment, "CLASSIFIER_DATA": str(tmp_path)}
    subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=PROJECT, env=env, timeout=60, check=True
    )


@pytest.mark.parametrize("key", [None, ""])
def test_no_secret_key_is_refused(refused, key):
    refused("SECRET_KEY is not set.", SECRET_KEY=key)


def test_a_short_secret_key_is_refused(refused):
    refused("SECRET_KEY is too short", SECRET_KEY="x" * 31)


@pytest.mark.parametrize("name", ["WORKERS", "CLASSIFIER_THREADS", "CLASSIFIER_BATCH_SIZE"])
def test_zero_is_refused_where_one_is_the_minimum(refused, name):
    refused(f"{name} is 0; it must be 1 or more.", **{name: "0"})


def test_all_hosts_are_refused(refused):
    refused("ALLOWED_HOSTS must name", ALLOWED_HOSTS="example.com,*")


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_a_missing_server_is_refused(refused, name):
    refused(f"{name} is not set.", **{name: None})


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_DIRECT_URL", "DATABASE_REPLICA_URL"])
@pytest.mark.parametrize("url", ["sqlite:///db.sqlite3", "mysql://user@localhost/name"])
def test_another_database_than_postgres_is_refused(refused, name, url):
    refused(f"{name} must name a PostgreSQL database", **{name: url})


def test_an_invalid_database_url_is_refused(refused):
    refused("DATABASE_URL", DATABASE_URL="nonsense")


def test_default_rates_are_those_of_the_contract(read):
    unset = {name: None for name in os.environ if "THROTTLE" in name}

    def rates(**variables):
        settings = read(**unset | variables)
        drf = settings["REST_FRAMEWORK"]["DEFAULT_THROTTLE_RATES"]
        names = ("login", "signup", "predict", "read", "feedback", "export")
        return [*(drf[name] for name in names), *settings["THROTTLE_ACCOUNT"]]

    small, account = ["1200/min", "120/min", "10/min"], ["5/min", "20/hour", "50/day"]
    assert rates() == ["20/min", "10/min", "600/min", *small, *account]
    none = rates(THROTTLE_LOGIN="", THROTTLE_SIGNUP="3/hour", THROTTLE_PREDICT="")
    assert none == [None, "3/hour", None, *small, *account]
    others = rates(THROTTLE_READ="", THROTTLE_FEEDBACK="9/sec", THROTTLE_EXPORT="2/day")
    assert others == ["20/min", "10/min", "600/min", None, "9/sec", "2/day", *account]
    assert rates(THROTTLE_ACCOUNT="") == ["20/min", "10/min", "600/min", *small]


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
def test_an_invalid_rate_is_refused(refused, name, rate):
    """Django REST framework would find out when somebody signs in, and answer 500."""
    refused(f"{name} is '{rate}'; it must be like ", **{name: rate})


def test_an_unknown_log_level_is_refused(refused):
    refused("LOG_LEVEL is 'loud'; it can be INFO, DEBUG, ", LOG_LEVEL="loud")


def test_log_lines_are_for_programs_unless_somebody_looks(read, refused):
    styles = [
        read(**variables)["LOGGING"]["formatters"]["line"]["style"]
        for variables in ({}, {"DEBUG": "1"}, {"DEBUG": "1", "LOG_FORMAT": "json"})
    ]
    assert styles == ["json", "console", "json"]
    refused("LOG_FORMAT is 'xml'; it can be json, console.", LOG_FORMAT="xml")


def test_traces_without_their_packages_are_refused(read, refused, monkeypatch):
    traced = "foundation.web.traced.TracedMiddleware"
    receiver = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    assert traced not in read()["MIDDLEWARE"]
    assert traced in read(**receiver)["MIDDLEWARE"]
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    refused("Run: pip install -r requirements-tracing.txt", **receiver)


@pytest.mark.parametrize("token", ["secret", "é" * 32, " " * 32])
def test_a_weak_or_unprintable_metrics_token_is_refused(refused, token):
    refused("printable ASCII characters, without spaces.", METRICS_TOKEN=token)


@pytest.mark.parametrize("port", ["0", "-1", "70000"])
def test_an_invalid_port_is_refused(refused, port):
    refused("it must be from 1 to 65535.", METRICS_PORT=port)


@pytest.mark.parametrize("folder", ["/proc/counts", "/dev/null", ""])
def test_an_invalid_metrics_folder_is_refused(refused, folder):
    refused("PROMETHEUS_MULTIPROC_DIR", PROMETHEUS_MULTIPROC_DIR=folder)


@pytest.mark.parametrize(
    "address", ["classifier.example.org", "https://x/y", "ftp://x", "https://"]
)
def test_an_invalid_site_url_is_refused(refused, address):
    refused("SITE_URL is", SITE_URL=address)


def test_an_http_site_url_is_refused_with_https(read, refused):
    refused("SITE_URL must begin with https://", SITE_URL="http://x", HTTPS="1")
    site = "https://classifier.example.org:8443"
    assert read(SITE_URL=f"{site}/", HTTPS="1")["SITE_URL"] == site


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
def test_an_invalid_clamd_url_is_refused(refused, url):
    refused(f"CLAMD_URL is '{url}'; it must be like ", CLAMD_URL=url)


@pytest.mark.parametrize("url", ["", "tcp://[::1]:3310", "unix:///" + "x" * 106])
def test_a_valid_clamd_url_is_accepted(read, url):
    assert read(CLAMD_URL=url)["CLAMD_URL"] == url


@pytest.mark.parametrize(
    "uri",
    [
        "mlflow.example.org",
        "sqlite:///mlflow.db",
        "databricks",
        "http://",
        "http://mlflow:99999",
        "http://mlflow:port",
        "https://user:secret@mlflow.example.org",
        "https://mlflow.example.org/?a=b",
        "https://mlflow example.org",
    ],
)
def test_an_invalid_mlflow_tracking_uri_is_refused_without_repeating_its_password(refused, uri):
    said = "MLFLOW_TRACKING_URI must be like https://mlflow.example.org, without user and password."
    refused(said, MLFLOW_TRACKING_URI=uri)


@pytest.mark.parametrize("uri", ["", "http://localhost:5000", "https://example.org/mlflow"])
def test_a_valid_mlflow_tracking_uri_is_accepted(read, uri):
    assert read(MLFLOW_TRACKING_URI=uri)["MLFLOW_TRACKING_URI"] == uri


def test_an_unknown_clamd_unreachable_is_refused(refused):
    said = "CLAMD_UNREACHABLE is 'ignore'; it can be refuse, accept."
    refused(said, CLAMD_UNREACHABLE="ignore")


def test_a_bucket_is_refused_without_repeating_its_secret(refused):
    refused("MEDIA_URL must have no access key in it", MEDIA_URL="s3://AKIA:hush@pictures")


def test_pictures_are_stored_where_the_settings_say(read):
    backends = {
        url: read(MEDIA_URL=url)["STORAGES"]["default"]["BACKEND"].rpartition(".")[2]
        for url in ("", "s3://pictures")
    }
    assert backends == {"": "WholeFiles", "s3://pictures": "Objects"}


def test_signed_addresses_need_a_bucket_and_let_pages_show_what_it_has(read, refused):
    for url in ("", "s3://pictures"):
        refused("MEDIA_SIGNED_URLS needs a MEDIA_URL", MEDIA_URL=url, MEDIA_SIGNED_URLS="60")
    found = read(MEDIA_URL="s3://pictures?region=eu-1", MEDIA_SIGNED_URLS="60")
    policy = found["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]["img-src"]
    assert policy[-1] == "https://pictures.s3.eu-1.amazonaws.com"
