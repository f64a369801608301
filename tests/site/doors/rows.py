"""The rows of the tables, and those that follow from a rule, by the door they are for."""

from typing import NamedTuple

from tests.site.doors.admin_table import BEHIND, MODELS, QUEUES
from tests.site.doors.routes import Door
from tests.site.doors.staff_table import DATA_SETS_API, STAFF
from tests.site.doors.table import ROLES, TABLE, TEACHING, TEACHING_API


class Cell(NamedTuple):
    status: int
    shows: bool | None  # None: it may

    def __str__(self) -> str:
        return f"{self.status}{'*' if self.shows else ''}"


class Row(NamedTuple):
    right: str
    cells: dict[str, Cell]


def lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line and not line.startswith("#")]


def rows() -> dict[Door, Row]:
    """The whole table, with the rows that follow from a rule."""
    table: dict[Door, Row] = {}
    for method, route, right, *cells in lines(TABLE + STAFF):
        table[Door(method, route)] = table_row(right, cells)
    for method, route, owner, right, superuser in lines(TEACHING_API):
        cells = ["401", owner, "404", owner, "404", right, superuser]
        table[Door(method, f"/models/<slug:name>{route}")] = table_row(
            "predictions.change_classifier", cells
        )
    for method, route, kind, status in lines(DATA_SETS_API):
        cells = ["401", *4 * ["403"], *2 * [status]]
        table[Door(method, f"/models/<slug:name>/data-sets{route}")] = table_row(
            f"data_sets.add_dataset{kind}", cells
        )
    for model, *who in lines(MODELS):
        table |= model_rows(model, dict(zip(("add", "change", "delete"), who, strict=True)))
    for route, right, status in lines(BEHIND):
        for method in ("GET", "POST"):
            table[Door(method, f"/admin{route}")] = behind_the_admin(right, int(status))
    for route, get, post in lines(TEACHING):
        door = f"/teach/<slug:name>{route.strip('-')}"
        for method, cell in (("GET", get), ("POST", post)):
            if cell != "-":
                table[Door(method, door)] = taught(cell)
    for route, get, post in lines(QUEUES):
        door = f"/admin/django_rq/dashboard{route}"
        table[Door("GET", door)] = behind_the_admin("django_rq.admin", int(get))
        table[Door("POST", door)] = behind_the_admin("predictions.manage_queues", int(post))
    return table


def taught(cell: str) -> Row:
    """For those who teach a classifier; `cell` as in TABLE."""
    sign_in, unknown = Cell(302, False), Cell(404, False)
    let_in = Cell(int(cell.strip("*")), cell.endswith("*"))
    cells = (sign_in, let_in, unknown, sign_in, unknown, let_in, let_in)
    return Row("predictions.change_classifier", dict(zip(ROLES, cells, strict=True)))


def table_row(right: str, cells: list[str]) -> Row:
    """As a line of the table has them."""
    return Row(
        right,
        {
            role: Cell(int(cell.strip("*")), cell.endswith("*"))
            for role, cell in zip(ROLES, cells, strict=True)
            if cell != "-"
        },
    )


def model_rows(model: str, who: dict[str, str]) -> dict[Door, Row]:
    """The pages that Django's admin has for a model, from its four permissions."""
    app, name = model.split(".")

    def row(verb: str) -> Row:
        return behind_the_admin(f"{app}.{verb}_{name}", 200, who.get(verb, "right"))

    start = f"/admin/{app}/{name}/"
    one = f"{start}<path:object_id>/"
    pages = {
        Door(method, route): row(verb)
        for route, verb in (
            (start, "view"),
            (f"{start}add/", "add"),
            (f"{one}history/", "view"),
            (f"{one}delete/", "delete"),
        )
        for method in ("GET", "POST")
    }
    moved = Cell(302, False)
    return {
        **pages,
        Door("GET", f"{one}change/"): row("view"),
        Door("POST", f"{one}change/"): row("change"),
        Door("GET", one): Row("-", {role: moved for role in ROLES if role != "right"}),
    }


def behind_the_admin(right: str, status: int, who: str = "right") -> Row:
    """`who`: the least that is needed, as in MODELS."""
    sign_in, refused, let_in = Cell(302, False), Cell(403, False), Cell(status, None)
    cells = dict.fromkeys(("anonymous", "person", "stranger", "token"), sign_in)
    cells["staff"] = refused
    if who != "none":
        cells["right"] = let_in if who == "right" else refused
    cells["superuser"] = let_in if who in ("right", "superuser") else refused
    return Row(right, cells)
