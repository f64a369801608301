import pytest

from feedback.models import Feedback

NOTE = {
    "feedback": "It is my neighbour's husky.",
    "score": 0.9346,
    "predicted_class": "Eskimo_dog",
    "image_file_name": "0a7c757a80f2c5b13fa7a2a47a683593.jpeg",
}


@pytest.fixture
def give(api):
    """The answer to a note with these fields changed."""
    return lambda **fields: api.post("/feedback", NOTE | fields)


@pytest.mark.parametrize("path", ["/feedback", "/feedback/"])
@pytest.mark.parametrize("form", ["json", "multipart"])
def test_the_predecessors_four_fields_are_enough(api, user, path, form):
    response = api.post(path, NOTE, format=form)

    assert response.status_code == 201
    record = Feedback.objects.get()
    assert record.user == user
    assert response.json() == NOTE | {
        "id": record.pk,
        "correct": None,
        "label": "",
        "prediction_id": None,
        "classifier": None,
        "class_key": "",
        "created_at": record.created_at.isoformat().replace("+00:00", "Z"),
    }


def test_a_correction_is_stored(give):
    body = give(correct=False, label="Siberian_husky", feedback="").json()

    assert body["correct"] is False
    assert body["label"] == "Siberian_husky"


@pytest.mark.parametrize("ending", [".jpeg", ".png", ""])
def test_feedback_is_linked_to_the_senders_upload_of_that_file(give, user, ask, ending):
    prediction = ask(user)

    response = give(image_file_name=prediction.image.md5.upper() + ending)

    assert response.json()["prediction_id"] == str(prediction.pk)


def test_feedback_is_linked_to_the_latest_upload(give, user, ask):
    ask(user)
    latest = ask(user)

    assert give(image_file_name=latest.image_file_name).json()["prediction_id"] == str(latest.pk)


def test_feedback_is_not_linked_to_an_upload_of_others(give, make_user, ask):
    prediction = ask(make_user("grace@example.com"))

    response = give(image_file_name=prediction.image_file_name)

    assert response.status_code == 201
    assert response.json()["prediction_id"] is None


def test_user_and_prediction_cannot_be_set_by_the_client(give, user, make_user, ask):
    grace = make_user("grace@example.com")
    prediction = ask(grace)

    give(prediction_id=str(prediction.pk), prediction=str(prediction.pk), user=grace.pk)

    assert Feedback.objects.get().user == user
    assert Feedback.objects.get().prediction is None


@pytest.mark.parametrize("missing", NOTE)
def test_missing_field_is_named(api, missing):
    response = api.post("/feedback", {name: NOTE[name] for name in NOTE if name != missing})

    assert response.status_code == 400
    assert response.json() == {missing: ["This field is required."]}


@pytest.mark.parametrize("score", [-0.01, 1.01, "high", None, "nan", "inf", "9" * 400, True])
@pytest.mark.parametrize("form", ["json", "multipart"])
def test_a_score_that_is_not_a_probability_is_refused(api, score, form):
    if form == "multipart" and score is None:
        score = ""

    response = api.post("/feedback", NOTE | {"score": score}, format=form)

    assert response.status_code == 400
    assert list(response.json()) == ["score"]


@pytest.mark.parametrize("score", [0, 1])
def test_scores_of_zero_and_one_are_accepted(give, score):
    assert give(score=score).status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("feedback", "x" * 2001),
        ("feedback", "\x00"),
        ("predicted_class", ""),
        ("predicted_class", "x" * 201),
        ("label", "x" * 201),
        ("image_file_name", "x" * 256),
        ("correct", "perhaps"),
        ("correct", 0),
        *((field, 7) for field in ("feedback", "predicted_class", "label", "image_file_name")),
    ],
)
def test_invalid_values_are_refused(give, field, value):
    response = give(**{field: value})

    assert response.status_code == 400
    assert list(response.json()) == [field]


def test_giving_feedback_requires_a_token(anonymous, db):
    response = anonymous.post("/feedback", NOTE)

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert not Feedback.objects.exists()
