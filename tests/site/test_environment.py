"""classifier_site/environment.py alone reads environment variables, and says what is wrong."""

import ast
import subprocess
import sys

import pytest

from tests.conftest import PROJECT

pytestmark = pytest.mark.django_db  # else there is no database to name

READER = PROJECT / "classifier_site" / "environment.py"
FOLDERS = ("classifier_site", "accounts", "feedback", "foundation", "predictions")


def reads(source):
    """Lines that use os.environ or os.getenv for more than telling a library what it is to do."""
    tree = ast.parse(source)
    writes = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            writes.add(node.value)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Attribute) and function.attr == "setdefault":
                writes.add(function.value)
    return [
        node.lineno
        for node in ast.walk(tree)
        if (
            (ast.unparse(node) in ("os.environ", "os.environb", "os.getenv") and node not in writes)
            if isinstance(node, ast.Attribute)
            else isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and any(name.name in ("environ", "getenv") for name in node.names)
        )
    ]


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("os.environ.get('PORT')", [1]),
        ("\nos.getenv('PORT')", [2]),
        ("child(**os.environ)", [1]),
        ("port = os.environ['PORT']", [1]),
        ("port = os.environ.setdefault('PORT', '1')", [1]),
        ("from os import environ", [1]),
        ("os.environ['KERAS_BACKEND'] = 'tensorflow'", []),
        ("os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site')", []),
    ],
)
def test_a_read_is_found(source, lines):
    assert reads(source) == lines


def test_no_other_module_reads_a_variable():
    # The probes in deploy/ import nothing of ours, so that they are quick.
    modules = [path for folder in FOLDERS for path in (PROJECT / folder).rglob("*.py")]
    found = {
        str(path.relative_to(PROJECT)): lines
        for path in [PROJECT / "manage.py", *modules]
        if path != READER and (lines := reads(path.read_text()))
    }

    assert len(modules) > 100
    assert found == {}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("WEB_WORKERS", "abc", "WEB_WORKERS is 'abc'; it must be a whole number."),
        ("WEB_WORKERS", "0", "WEB_WORKERS is 0; it must be 1 or more."),
        ("WEB_THREADS", "1.5", "WEB_THREADS is '1.5'; it must be a whole number."),
        ("PORT", "http", "PORT is 'http'; it must be a whole number."),
        ("PORT", "70000", "PORT is 70000; it must be from 1 to 65535."),
    ],
)
def test_the_web_server_refuses_it_in_a_sentence(environment, name, value, sentence):
    command = [sys.executable, "-m", "gunicorn", "-c", "classifier_site/gunicorn.conf.py"]
    command += ["--check-config", "classifier_site.wsgi"]
    result = run(command, {**environment, name: value})

    assert (result.returncode, result.stderr.strip()) == (1, sentence)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("WORKERS", "two", "WORKERS is 'two'; it must be a whole number."),
        ("DEBUG", "perhaps", "DEBUG is 'perhaps'; it must be 1 or 0."),
        ("UNSURE_BELOW", "half", "UNSURE_BELOW is 'half'; it must be a number."),
        ("SECRET_KEY", "short", "SECRET_KEY is too short"),
    ],
)
def test_manage_py_refuses_it_in_a_sentence(environment, name, value, sentence):
    result = run([sys.executable, "manage.py", "check"], {**environment, name: value})

    assert result.returncode == 1
    assert result.stderr.startswith(sentence)
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["WEB_WORKERS", "PORT"])
def test_up_refuses_it_before_anything_is_started(environment, tmp_path, name):
    env = {key: value for key, value in environment.items() if not key.endswith("_URL")}
    data = {"CLASSIFIER_DATA": str(tmp_path / "data"), name: "abc"}
    result = run([sys.executable, "manage.py", "up"], {**env, **data})

    assert result.returncode == 1
    assert f"{name} is 'abc'; it must be a whole number." in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "data" / "postgres" / "cluster").exists()


def test_an_empty_number_is_the_default(environment):
    empty = dict.fromkeys(["WEB_WORKERS", "WEB_THREADS", "PORT", "WORKERS", "DEBUG"], "")

    assert run([sys.executable, "manage.py", "check"], {**environment, **empty}).returncode == 0


def run(command, env):
    return subprocess.run(command, cwd=PROJECT, env=env, capture_output=True, text=True, timeout=60)
