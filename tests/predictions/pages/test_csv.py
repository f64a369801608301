"""The exported CSV contains no formula, whatever a file is called."""

import csv
import io
import random

import pytest

from feedback.models import Feedback
from predictions.models import Prediction
from predictions.pages.export import as_csv

SEPARATORS = [",", ";", "\t"]
SIGNS = "=+-@＝＋－＠\t\r\n"
DROPPED = ' "\xa0\u3000\u200b\ufeff'  # by some programs, from the beginning of a cell
NAMES = [
    "=1+1.png",
    "+1.png",
    "-1.png",
    "@SUM(1).png",
    "＝1+1.png",
    " =1+1.png",
    "\xa0=1+1.png",
    '"=1+1".png',
    "\t=1+1.png",
    "\ta.png",
    "\ra.png",
    "a;=1+1.png",
    "a; =1+1.png",
    'a;"=1+1".png',
    "a;;=1+1.png",
    "a\t=1+1.png",
    "a\t\t=1+1.png",
    "a\n=1+1.png",
    "a\r\n=1+1.png",
    "a;b\n@SUM(1).png",
]


def cells(text, separator):
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return [cell for row in rows for cell in row]


def formulas(text, separator):
    return [cell for cell in cells(text, separator) if cell.lstrip(DROPPED)[:1] in set(SIGNS)]


def read(text):
    """The newest row."""
    return next(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.fixture
def export(page, user, ask):
    """The text of the export, with this file name and this feedback in it."""

    def export(name="coffee.png", text=""):
        prediction = ask(user)
        Prediction.objects.update(file_name=name)
        Feedback.objects.create(user=user, prediction=prediction, feedback=text, score=0.5)
        return b"".join(page.get("/history/export.csv")).decode()

    return export


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_is_a_formula_whichever_separator_a_spreadsheet_uses(export, name):
    text = export(name, name)
    assert ".png" in text
    assert [formulas(text, separator) for separator in SEPARATORS] == [[], [], []]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_no_formula_is_put_together_from_several_values(separator):
    """Quotes and line breaks of one value decide where the next one seems to begin."""
    pieces, chance = ",;\t\r\n \"'=+-@＝\u3000\u200b1a", random.Random(18)
    rows = [
        {"id": "7f", **{str(n): "".join(chance.choices(pieces, k=6)) for n in range(3)}, "end": 0.5}
        for _ in range(5000)
    ]
    for row in rows:
        assert formulas("".join(as_csv([row, row])), separator) == [], row


def test_text_that_is_not_a_formula_is_unchanged(export):
    kept = ["a-b=c+d@e.png", "one, -two.png", "first line\r\nsecond line"]
    assert [csv_row["file_name"] for csv_row in map(read, map(export, kept))] == kept


def test_an_escaped_formula_stays_legible(export):
    assert read(export("a;=1+1.png"))["file_name"] == "a;'=1+1.png"


def test_numbers_stay_numbers(export):
    row = read(export())
    assert float(row["score"]) > 0.9


def test_the_export_begins_with_the_mark_by_which_excel_recognises_utf_8(export):
    assert export("ñandú.png").encode().startswith(b'\xef\xbb\xbf"id","asked_at",')
