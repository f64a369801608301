"""Each role gets at each door exactly what the table says."""

import pytest

from tests.site.doors.routes import doors
from tests.site.doors.rows import rows
from tests.site.doors.table import ROLES

pytestmark = pytest.mark.django_db
ADD = """
These doors have no row: add one for each to TABLE in tests/site/doors/table.py, with what each role
gets there, and to path_of in conftest.py what stands for a new parameter.
  {}"""
REMOVE = """
These rows are of no door: remove them from tests/site/doors/table.py.
  {}"""


def named(found):
    return "\n  ".join(sorted(map(str, found)))


def test_every_door_has_a_row_and_every_row_a_door():
    unknown, gone = doors().keys() - rows().keys(), rows().keys() - doors().keys()
    assert not unknown, ADD.format(named(unknown))
    assert not gone, REMOVE.format(named(gone))


def test_a_new_route_and_a_new_method_are_noticed(settings):
    before = doors().keys()
    settings.ROOT_URLCONF = "tests.site.doors.more_urls"
    new = doors().keys() - before
    assert not new & rows().keys()
    assert set(map(str, new)) == {"PATCH /model", "GET /everybody", "POST /everybody"}


def test_each_role_gets_what_the_table_says(knock_as, path_of, fill_queues, capsys):
    wrong, knocks = [], 0
    for door, row in rows().items():
        path = path_of(door.route)
        for role, cell in row.cells.items():
            fill_queues(door)
            status, shows = knock_as(role, row.right).knock(door.method, path)
            knocks += 1
            if status != cell.status or cell.shows not in (None, shows):
                star = "*" if shows else ""
                wrong.append(f"{door} as {role} ({row.right}): {status}{star}, expected {cell}")
    with capsys.disabled():
        print(f"\n{len(rows())} doors, {len(ROLES)} roles, {knocks} requests")
    assert not wrong, "\n".join(["", *wrong])


def test_other_methods_are_no_way_round(knock_as, path_of, fill_queues):
    """HEAD as GET; and where a function answers any method, none of them lets anybody in."""
    wrong = []
    functions = doors()
    for door, row in rows().items():
        if door.method != "GET":
            continue
        for role in ("anonymous", "stranger", "staff"):
            expected = row.cells[role]
            others = ["HEAD"]
            if functions[door] and expected.status in (302, 403):
                others += ["PUT", "DELETE"]
            for method in others:
                fill_queues(door)
                status, shows = knock_as(role, row.right).knock(method, path_of(door.route))
                if status not in (expected.status, 403, 405) or shows:
                    wrong.append(f"{method} {door.route} as {role}: {status}, expected {expected}")
    assert not wrong, "\n".join(["", *wrong])
