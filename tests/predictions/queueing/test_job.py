"""Jobs in Redis are data: nobody who can write there can run code."""

import json
import zlib

from rq import Queue

from predictions.models import Inference
from predictions.queueing.queue import get_queue
from tests.predictions.client import predict, when_finished


def test_a_job_is_stored_as_json(api, own_redis):
    predict(api, prefer="respond-async")
    inference = Inference.objects.get()
    raw = get_queue("predictions").connection.hget(f"rq:job:{inference.job_id}", "data")
    asked = [inference.pk, inference.image.file.name, inference.model_version_id]
    assert json.loads(zlib.decompress(raw))[2:] == [asked, {}]


def test_a_job_of_an_older_version_is_answered(api, user, worker):
    """Version 0.1.0 and those before it named a function that is gone."""
    address = predict(api, prefer="respond-async")["Location"]
    when_finished(api, address)
    Inference.objects.update(status="queued", label="", attempts=0)
    inference = Inference.objects.get()
    queue = get_queue("predictions")
    queue.enqueue(
        "predictions.jobs.classify",
        inference.pk,
        inference.image.file.name,
        inference.model_version_id,
        job_id=str(inference.job_id),
    )
    assert when_finished(api, address)["prediction"] == "espresso"


def test_a_job_has_the_id_of_its_inference(api, own_redis):
    predict(api, prefer="respond-async")
    assert get_queue("predictions").get_job_ids() == [str(Inference.objects.get().job_id)]


def test_a_pickled_job_is_not_run(api, worker, tmp_path):
    """What somebody else has put into the queue, pickled as RQ does by default."""
    made = tmp_path / "made"
    Queue("predictions", connection=get_queue("predictions").connection).enqueue(
        open, str(made), "w"
    )
    # It is before coffee.png in the queue: once that is answered, it had its turn.
    assert predict(api).json()["prediction"] == "espresso"
    assert not made.exists()
