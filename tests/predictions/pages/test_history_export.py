"""Exporting one's own history, or a part of it."""

import csv
import io
import json


def test_the_csv_export_has_the_filtered_predictions(page, three):
    response = page.get("/history/export.csv?confidence=sure")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"].startswith('attachment; filename="predictions-')
    rows = list(csv.DictReader(io.StringIO(b"".join(response).decode("utf-8-sig"))))
    assert [row["file_name"] for row in rows] == ["coffee.png"]
    assert rows[0]["label"] == "espresso"
    assert float(rows[0]["score"]) > 0.9


def test_an_export_is_in_the_order_of_the_page(page, three):
    rows = json.loads(b"".join(page.get("/history/export.json?order=name")))
    assert [row["file_name"] for row in rows] == ["chelsea.png", "coffee.png", "rocket.jpg"]


def test_the_json_export_has_the_filtered_predictions_and_feedback(page, three):
    rows = json.loads(b"".join(page.get("/history/export.json")))
    assert [row["file_name"] for row in rows] == ["coffee.png", "rocket.jpg", "chelsea.png"]
    assert [row["correct"] for row in rows] == [None, None, True]
    assert json.loads(b"".join(page.get("/history/export.json?search=zebra"))) == []


def test_the_export_of_chosen_pictures_has_those_of_them_that_are_ones_own(
    page, three, ask, make_user
):
    theirs = ask(make_user("grace@example.com"))
    ids = ",".join(str(prediction.pk) for prediction in (three[0], three[2], theirs))
    rows = json.loads(b"".join(page.post("/history/export.json", {"ids": ids})))
    assert {row["id"] for row in rows} == {str(three[0].pk), str(three[2].pk)}
    assert page.post("/history/export.csv", {"ids": "1,2"}).status_code == 404
