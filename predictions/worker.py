"""The RQ worker: loads the model once, never forks."""

from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from predictions.inference.errors import ModelNotPrepared
from predictions.jobs import engine_for, enqueue_forgotten
from predictions.services import NoModel, current_model

# Seconds between looks for forgotten work, and so the longest that a killed worker costs.
MAINTENANCE_INTERVAL = 30
# An idle worker reports this often (seconds, RQ takes 15 off), and does its maintenance then.
WORKER_TTL = 45


class PredictionWorker(SimpleWorker):
    """`manage.py rqworker predictions`.

    RQ's own default forks for each job, which would load the model for each picture; TensorFlow
    does not survive a fork at all.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Jobs are data, not code: who can write to Redis must not be able to run what they like.
        kwargs["serializer"] = JSONSerializer
        kwargs["worker_ttl"] = WORKER_TTL
        super().__init__(*args, maintenance_interval=MAINTENANCE_INTERVAL, **kwargs)
        self.log_result_lifespan = False

    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        """Loads the model before the first job asks for it, and before `/health` counts on it."""
        try:
            engine_for(current_model())
        except (NoModel, ModelNotPrepared) as error:
            raise SystemExit(
                "No model is prepared. Run: python manage.py prepare_model auto"
            ) from error
        super().bootstrap(*args, **kwargs)

    def execute_job(self, job: Job, queue: Queue) -> None:
        close_old_connections()
        super().execute_job(job, queue)

    def run_maintenance_tasks(self) -> None:
        super().run_maintenance_tasks()
        close_old_connections()
        try:
            enqueue_forgotten()
        except (OperationalError, InterfaceError) as error:
            self.log.error(
                "The database cannot be reached; looking for forgotten work later: %s", error
            )
