"""What a worker does with a batch, in this process, whose transaction no worker could see."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from rq.job import Job

from predictions.models import Inference
from predictions.queueing import batch
from predictions.queueing.queue import CLASSIFY, get_queue


def answer(inferences: Sequence[Inference]) -> None:
    """Answers them as one batch. Raises what the first of them fails for."""
    queue, registered = get_queue("predictions"), Event()
    tasks = [
        batch.Task(
            Job.create(
                CLASSIFY,
                [inference.pk, inference.image.file.name, inference.model_version_id],
                id=str(inference.job_id),
                connection=queue.connection,
                serializer=queue.serializer,
            ),
            queue,
            execution=None,
        )
        for inference in inferences
    ]
    with ThreadPoolExecutor(1) as decoders:
        batch.start_decoding(tasks, decoders, registered)
        try:
            batch.load_models(tasks)  # by this thread: others do not see its transaction
        finally:
            registered.set()
        batch.mark_running(tasks)
        batch.answer(tasks)
    for task in tasks:
        if task.error:
            raise task.error
