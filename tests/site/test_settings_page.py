"""docs/settings.md documents exactly the variables that the code and compose read."""

import ast
import re
from pathlib import Path

import yaml

from tests.conftest import PROJECT

PAGE = (PROJECT / "docs" / "settings.md").read_text()
COMPOSE = (PROJECT / "docker-compose.yml").read_text()
# Of the shell, of a request as WSGI has it, and of a script that docs/releasing.md is about.
NOT_OURS = {"PATH", "CONTENT_LENGTH", "PATH_INFO", "SMOKE_EMAIL", "SMOKE_PASSWORD"}
READER = PROJECT / "classifier_site" / "environment.py"
# A row's name, and the rest of its second cell: the default.
DOCUMENTED = dict(re.findall(r"^\| `([A-Z0-9_]+)` \| (.+?) \|", PAGE, re.M))


def modules() -> list[Path]:
    folders = [
        folder
        for folder in PROJECT.iterdir()
        if folder.is_dir() and folder.name not in {"tests", "benchmarks", "var", "client"}
    ]
    visible = [folder for folder in folders if not folder.name.startswith(".")]
    return [PROJECT / "manage.py", *(file for each in visible for file in each.rglob("*.py"))]


def readers() -> set[str]:
    """Functions of environment.py that take the name of a variable."""
    tree = ast.parse(READER.read_text())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {
        each.name for each in functions if each.args.args[:1] and each.args.args[0].arg == "name"
    }


def default_of(call: ast.Call) -> str | None:
    """The default in a call, as the page writes it; None for one that depends on the machine."""
    given = [*call.args[1:2], *(each.value for each in call.keywords if each.arg == "default")]
    if not given:
        return "none"
    try:
        value = eval(compile(ast.Expression(given[0]), "", "eval"), {"__builtins__": {}})
    except NameError:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, list):
        value = ",".join(value)
    return "none" if value in (None, "") else str(value)


def variables() -> dict[str, str | None]:
    """Each variable that the code reads, with its default where one is written there."""
    found: dict[str, str | None] = {}
    names_it = re.compile(r"(os\.)?environ(\.get)?|env\.\w+|environment\.\w+")
    ours = readers()
    for module in modules():
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call) and node.args:
                reader, argument = ast.unparse(node.func), node.args[0]
            elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
                reader, argument = ast.unparse(node.value), node.slice
            else:
                continue
            name = argument.value if isinstance(argument, ast.Constant) else None
            if not isinstance(name, str) or not re.fullmatch(r"[A-Z][A-Z0-9_]+", name):
                continue
            if reader in ours or names_it.fullmatch(reader):
                found.setdefault(name, None)
                if reader == "required":
                    found[name] = "required"
                elif (
                    isinstance(node, ast.Call)
                    and found[name] is None
                    and "environ" not in reader.split(".")
                ):
                    found[name] = default_of(node)
    return {name: default for name, default in found.items() if name not in NOT_OURS}


def names_in_compose() -> set[str]:
    return set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE))


def test_every_variable_that_is_read_is_documented():
    read = variables()
    assert {"SECRET_KEY", "WEB_WORKERS", "PROMETHEUS_MULTIPROC_DIR", "THROTTLE_READ"} <= set(read)
    assert (set(read) | names_in_compose()) - set(DOCUMENTED) == set()


def test_no_variable_is_documented_that_nothing_reads():
    assert set(DOCUMENTED) - set(variables()) - names_in_compose() == set()


def test_no_variable_is_documented_twice():
    assert len(re.findall(r"^\| `[A-Z0-9_]+` \|", PAGE, re.M)) == len(DOCUMENTED)


def test_the_documented_defaults_are_those_of_the_code():
    constant = {name: default for name, default in variables().items() if default is not None}
    assert len(constant) > 40
    for name, default in constant.items():
        said = re.match(r"`([^`]*)`|\w+", DOCUMENTED[name])
        assert said is not None, name
        assert (said[1] or said[0]) == default, name


def test_compose_passes_on_only_what_is_read():
    environment = yaml.safe_load(COMPOSE)["x-environment"]
    of_boto3 = {name for name in environment if name.startswith("AWS_")}  # its own variables
    assert set(environment) - set(variables()) - of_boto3 == set()
