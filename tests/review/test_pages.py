"""The pages of reviewers, as a browser without scripts and the script of the queue have them."""

import pytest
from django.urls import reverse

from feedback.services import give_feedback
from predictions.classifiers import Classifier
from predictions.models import Prediction
from review.decisions import verify
from review.filling import fill
from review.leases import take
from review.models import Decision, Entry, Queue
from review.pages.pictures import address
from tests.predictions.comparisons.rows import CAT, CUP, ESPRESSO, asked, say
from tests.predictions.heads import add_colours

pytestmark = pytest.mark.django_db
FEEDBACK = "/review/imagenet/feedback"


@pytest.fixture
def review(page_for, reviewer):
    return page_for(reviewer)


@pytest.fixture
def waiting(user, model, classifier):
    """Two corrections that wait, oldest first."""
    for _ in range(2):
        give_feedback(asked(user, model, CUP), correct=False, label="espresso", text="No cup.")
    fill(classifier)
    return list(Entry.objects.waiting(Queue.FEEDBACK, classifier))


def send(review, act, entry=None, **fields):
    number = {"entry": entry.pk} if entry else {}
    return review.post(FEEDBACK, {"act": act, **number, **fields})


def by_script(review, act, entry=None):
    number = {"entry": entry.pk} if entry else {}
    headers = {"X-Requested-With": "fetch"}
    return review.post(FEEDBACK, {"act": act, **number}, headers=headers)


def text(response):
    return " ".join(response.content.decode().split())


def test_the_overview_says_what_waits_and_what_each_has_done(review, waiting, reviewer, other):
    verify(waiting[0].image, waiting[0].classifier, CUP, other, queue="page")
    shown = text(review.get("/review"))
    assert f'href="{FEEDBACK}"' in shown and "1 left" in shown and "nothing left" in shown
    assert "second.reviewer@example.com" in shown
    assert '<a href="/review" aria-current="page">' in shown


def test_another_classifier_is_shown_when_asked_for(review, model):
    colours = add_colours(model).classifier
    assert f"?classifier={colours.name}" in text(review.get("/review"))
    assert f"/review/{colours.name}/" not in text(review.get("/review"))
    assert review.get(f"/review?classifier={colours.name}").status_code == 200
    assert review.get("/review?classifier=nothing").status_code == 404


def test_without_a_model_there_is_nothing_to_review(review, user):
    Classifier.everything.update(owner=user)
    assert "No model has been prepared yet." in text(review.get("/review"))


def test_an_entry_is_shown_with_what_is_known_of_it(
    review, user, model, second_version, classifier, reviewer
):
    ranking = [
        {"label": "cup", "synset": CUP, "score": 0.6},
        {"label": "tabby", "synset": CAT, "score": 0.3},
    ]
    prediction = asked(user, model, CUP, score=0.6, ranking=ranking)
    say(prediction.image, second_version, CAT, score=0.8)
    verify(prediction.image, classifier, CAT, reviewer, queue="page")
    give_feedback(prediction, correct=False, label="espresso", text="It steams.")
    fill(classifier)
    shown = text(review.get(FEEDBACK))
    assert "It steams." in shown
    for number, key, name in (
        ("1 a", CUP, "cup"),
        ("2", CAT, "tabby"),
        ("3", ESPRESSO, "espresso"),
    ):
        assert f'value="class:{key}" data-key="{number}"' in shown and name in shown
    assert f"{second_version.version} 80.0%" in shown
    assert "said by a person" in shown
    assert reverse("review-label", args=[prediction.image_id, "imagenet"]) in shown


def test_an_entry_says_how_often_its_picture_was_sent(review, user, model, classifier, monkeypatch):
    prediction = asked(user, model, CUP)
    give_feedback(prediction, correct=False, label="espresso")
    fill(classifier)
    assert "Sent once:" in text(review.get(FEEDBACK))
    Prediction.objects.create(
        user=user, image=prediction.image, inference=prediction.inference, file_name="again.png"
    )
    assert "Sent 2 times:" in text(review.get(FEEDBACK))
    monkeypatch.setattr("review.pages.shown.COUNTED", 1)
    assert "Sent more than a hundred times" in text(review.get(FEEDBACK))


def test_who_decides_gets_the_next_picture(review, waiting):
    first, second = waiting
    shown = text(review.get(FEEDBACK))
    assert shown.index(f'data-entry="{first.pk}"') < shown.index(f'data-entry="{second.pk}"')
    shown = text(review.post(FEEDBACK, {"act": f"class:{CUP}", "entry": first.pk}, follow=True))
    assert "Saved: cup." in shown and "1 left" in shown and "1 done by you today" in shown
    assert f'data-entry="{first.pk}"' not in shown and f'data-entry="{second.pk}"' in shown


@pytest.mark.parametrize(
    ("act", "fields", "verdict", "key"),
    [
        (f"class:{CUP}", {}, "accepted", CUP),
        ("named", {"class_name": "tabby"}, "corrected", CAT),
        ("none", {}, "none", ""),
        ("reject", {}, "rejected", ""),
    ],
)
def test_each_button_decides(review, waiting, act, fields, verdict, key):
    assert send(review, act, waiting[0], **fields).url == FEEDBACK
    decision = Decision.objects.get()
    assert (decision.verdict, decision.class_key, decision.queue) == (verdict, key, "feedback")


def test_a_class_that_is_none_is_said(review, waiting):
    shown = review.post(
        FEEDBACK, {"act": "named", "class_name": "gizmo", "entry": waiting[0].pk}, follow=True
    )
    assert "The classifier has no such class." in text(shown)
    assert not Decision.objects.exists()


def test_a_skipped_picture_is_left_to_others(review, waiting, classifier, other):
    send(review, "skip", waiting[0])
    assert f'data-entry="{waiting[0].pk}"' not in text(review.get(FEEDBACK))
    assert take(other, Queue.FEEDBACK, classifier, 1) == [waiting[0]]


def test_undo_brings_the_picture_back_to_the_front(review, waiting):
    send(review, "none", waiting[1])
    response = send(review, "undo")
    assert response.url == f"{FEEDBACK}?entry={waiting[1].pk}"
    shown = text(review.get(response.url))
    assert shown.index(f'data-entry="{waiting[1].pk}"') < shown.index(
        f'data-entry="{waiting[0].pk}"'
    )
    assert not Decision.objects.current().exists()


def test_what_was_decided_in_another_queue_comes_back_there(review, user, model, classifier):
    asked(user, model, CUP)
    fill(classifier)
    entry = Entry.objects.get()
    review.post("/review/imagenet/sample", {"act": f"class:{CUP}", "entry": entry.pk})
    assert send(review, "undo").url == f"/review/imagenet/sample?entry={entry.pk}"


def test_the_script_gets_what_the_reviewer_holds_now(review, waiting, other, classifier):
    first, second = waiting
    answer = by_script(review, "none", first).json()
    assert answer["said"] == "Saved: none of the classes."
    assert [each["id"] for each in answer["entries"]] == [second.pk]
    assert f'data-entry="{second.pk}"' in answer["entries"][0]["html"]
    assert "1 left" in answer["progress"]
    undone = by_script(review, "undo").json()
    assert undone["undone"] == first.pk
    assert [each["id"] for each in undone["entries"]] == [first.pk, second.pk]
    verify(first.image, classifier, CUP, other, queue="page")
    refused = by_script(review, "none", first)
    assert refused.status_code == 409
    assert refused.json()["said"] == "Somebody else has decided about this picture meanwhile."
    last = by_script(review, "none", second).json()
    assert last["entries"] == [] and "This queue is empty." in last["empty"]


@pytest.mark.parametrize("act", ["skip", "none", "reject", f"class:{CUP}"])
def test_a_picture_that_was_deleted_meanwhile_makes_room_for_the_next(review, waiting, act):
    first, second = waiting
    first.prediction.delete()
    refused = by_script(review, act, first)
    assert refused.status_code == 409
    assert refused.json()["said"] == "This picture no longer waits for review."
    assert [each["id"] for each in refused.json()["entries"]] == [second.pk]


def test_a_picture_is_decided_on_the_page_of_its_classifier_alone(review, waiting, model):
    colours = add_colours(model).classifier
    body = {"act": f"class:{CUP}", "entry": waiting[0].pk}
    response = review.post(f"/review/{colours.name}/feedback", body, follow=True)
    assert "This picture no longer waits for review." in text(response)
    assert not Decision.objects.exists()


def test_an_empty_queue_leads_to_those_with_work(review, user, model, classifier):
    asked(user, model, CUP)
    shown = text(review.get(FEEDBACK))
    assert "This queue is empty." in shown and 'href="/review/imagenet/sample"' in shown


def test_what_others_hold_is_no_empty_queue(review, waiting, other, classifier):
    take(other, Queue.FEEDBACK, classifier, 2)
    assert "what is left is with other reviewers" in text(review.get(FEEDBACK))


def test_who_goes_back_to_the_overview_leaves_their_pictures_to_others(
    review, waiting, other, classifier
):
    review.get(FEEDBACK)
    assert take(other, Queue.FEEDBACK, classifier, 2) == []
    review.get("/review")
    assert take(other, Queue.FEEDBACK, classifier, 2) == waiting


def test_a_look_at_a_queue_takes_a_bounded_number_of_statements(
    review, user, model, classifier, django_assert_max_num_queries
):
    for _ in range(8):
        prediction = asked(user, model, CUP)
        give_feedback(prediction, correct=False, label="espresso")
    fill(classifier)
    with django_assert_max_num_queries(26):
        review.get(FEEDBACK)


def test_a_verified_label_is_changed_on_its_page(review, waiting, classifier, other):
    image = waiting[0].image
    page = reverse("review-label", args=[image.pk, "imagenet"])
    assert review.get(page).status_code == 404
    verify(image, classifier, CUP, other, queue="page", inference=waiting[0].inference)
    assert "Verified: cup" in text(review.get(page))
    assert "no such class" in text(
        review.post(page, {"act": "named", "class_name": "gizmo"}, follow=True)
    )
    shown = text(review.post(page, {"act": "named", "class_name": "tabby"}, follow=True))
    assert "Verified: tabby" in shown and "replaced" in shown
    assert [each.class_key for each in Decision.objects.all()] == [CAT, CUP]


def test_pictures_open_by_the_addresses_that_a_page_has_written(
    review, page_for, staff_with, user, ask, classifier, logged
):
    prediction = ask(user, "coffee.png")
    give_feedback(prediction, correct=False, label="cup")
    fill(classifier)
    shown = review.get(FEEDBACK).content.decode()
    frame = shown.partition('<a class="frame" href="')[2]
    original, _, rest = frame.partition('"')
    copy = rest.partition('<img src="')[2].partition('"')[0]
    assert copy == f"{original}/1600"
    response = review.get(original)
    assert response.getvalue() == prediction.image.file.open("rb").read()
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "private, max-age=86400, immutable"
    assert review.get(f"{original}/240")["Content-Type"] == "image/webp"
    assert review.get(f"{original}/241").status_code == 404
    number, _, signature = original.rpartition("/")[2].partition(":")
    forged = f"/review/pictures/{int(number) + 1}:{signature}"
    assert review.get(forged).status_code == 404
    assert page_for(staff_with()).get(original).status_code == 403
    assert logged("picture_opened") == []
    Prediction.objects.filter(pk=prediction.pk).move_to_trash()
    assert review.get(original).status_code == 404


def test_what_somebody_may_not_review_is_not_there(page_for, staff_with, review, model):
    colours = add_colours(model).classifier
    colours.owner = staff_with()
    colours.save()
    assert review.get(f"/review/{colours.name}/feedback").status_code == 404
    assert review.get("/review/imagenet/nothing").status_code == 404
    assert page_for(colours.owner).get(FEEDBACK).status_code == 403
    assert "/review" not in text(page_for(colours.owner).get("/history"))


def test_similar_pictures_are_shown_with_what_is_known_of_them(
    review, user, ask, classifier, reviewer
):
    first, second = ask(user, "coffee.png"), ask(user, "chelsea.png")
    verify(second.image, classifier, CAT, reviewer, queue="page", inference=second.inference)
    give_feedback(first, correct=True, label="")
    shown = text(review.get(FEEDBACK))
    assert f"{address(second.image_id, 240)}" in shown and "✓ tabby" in shown
    Prediction.objects.filter(pk=second.pk).move_to_trash()
    assert address(second.image_id, 240) not in text(review.get(FEEDBACK))


def test_what_similar_pictures_need_is_said(review, user, model):
    give_feedback(asked(user, model, CUP), correct=True, label="")
    assert "This picture has not been compared yet" in text(review.get(FEEDBACK))
