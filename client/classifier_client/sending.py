"""Many files: several at a time, each picture sent once, however often the run is interrupted."""

import hashlib
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Lock

from classifier_client.api import Client
from classifier_client.errors import ApiError, SignInNeeded, Unreachable
from classifier_client.files import NotSent, content_of
from classifier_client.journal import Journal
from classifier_client.records import Prediction
from classifier_client.retries import Retries

# These concern one picture; other errors concern all of them, and end the run.
OF_ONE_PICTURE = {400, 413, 415, 422, 500}
DELETED, QUOTA = "deleted", "quota"  # codes; a smaller picture may still find room
# Between the service's clock and the time at which it records a picture; seconds.
MARGIN = 5
POLL_FIRST, POLL_LONGEST = 0.25, 4.0  # seconds


@dataclass(frozen=True)
class Outcome:
    """What became of a file. prediction: None if the file was not accepted; `error` says why."""

    file: Path
    prediction: Prediction | None
    error: str = ""

    @property
    def status(self) -> str:
        return self.prediction.status if self.prediction else "refused"


class Sender:
    """Sends files of one run.

    jobs: how many at a time.
    on_done: told of each file that has its outcome, by the thread that sent it, one at a time.
    """

    def __init__(
        self,
        client: Client,
        journal: Journal,
        *,
        model: str = "",
        jobs: int = 4,
        retries: Retries | None = None,
        on_done: Callable[[Outcome], None] = lambda outcome: None,
    ) -> None:
        self.client, self.journal, self.model, self.jobs = client, journal, model, jobs
        self.retries, self.on_done = retries or Retries(), on_done
        self.ahead = 0.0  # the service's clock, compared with this one; seconds
        self.lock = Lock()
        self.by_content: dict[str, Future[Prediction]] = {}

    def send(self, files: Sequence[Path], on_interrupt: Callable[[], None]) -> list[Outcome]:
        """The outcomes, in the order of the files. Nothing is remembered of a run that got here.

        After KeyboardInterrupt no more is begun; what is under way is finished, unless there is
        another. The journal then has what the next run needs, as it has after any other error.
        on_interrupt: told of the first.

        Raises KeyboardInterrupt, and ClassifierError if no more can be sent.
        """
        self.ahead = self.client.time() - time.time()
        executor = ThreadPoolExecutor(self.jobs)
        futures = [executor.submit(self.outcome_of, file) for file in files]
        try:
            for future in as_completed(futures):
                future.result()
        except KeyboardInterrupt:
            self.retries.stop.set()
            on_interrupt()
            raise
        finally:
            self.retries.stop.set()
            executor.shutdown(cancel_futures=True)
        self.journal.forget(self.by_content)
        return [future.result() for future in futures]

    def outcome_of(self, file: Path) -> Outcome:
        """Raises Stopped, and ClassifierError if no more can be sent."""
        self.retries.wait(0)
        outcome = self.send_one(file)
        with self.lock:
            self.on_done(outcome)
        return outcome

    def send_one(self, file: Path) -> Outcome:
        try:
            content = content_of(file)
        except NotSent as why:
            return Outcome(file, None, str(why))
        try:
            prediction = self.once(content, file.name)
        except ApiError as error:
            if isinstance(error, SignInNeeded) or not concerns_one_picture(error):
                raise
            failed = error.prediction_id and Prediction("failed", error.prediction_id)
            return Outcome(file, failed or None, str(error))
        return Outcome(file, prediction, prediction.error)

    def once(self, content: bytes, name: str) -> Prediction:
        """Copies of a picture in one run share its answer."""
        sha256 = hashlib.sha256(content).hexdigest()
        with self.lock:
            future = self.by_content.get(sha256)
            is_first = future is None
            if future is None:
                future = self.by_content[sha256] = Future()
        if is_first:
            try:
                future.set_result(self.answer(content, name, sha256))
            except BaseException as error:
                future.set_exception(error)
        return future.result()

    def answer(self, content: bytes, name: str, sha256: str) -> Prediction:
        prediction = self.accepted(content, name, sha256)
        pause = POLL_FIRST
        while not prediction.is_finished:
            self.retries.wait(pause)
            try:
                prediction = self.retries.call(partial(self.client.prediction, prediction.id))
            except ApiError as error:
                if error.status != 404:
                    raise
                raise ApiError(
                    "It was deleted before it was answered.", 404, code=DELETED
                ) from error
            pause = min(2 * pause, POLL_LONGEST)
        self.journal.note(sha256, self.now(), prediction)
        return prediction

    def accepted(self, content: bytes, name: str, sha256: str) -> Prediction:
        """The picture's prediction, sent now or, as far as journal and service know, before."""
        entry = self.journal.find(sha256)
        if entry and entry.prediction:
            return entry.prediction
        sent_at = entry.sent_at if entry else None  # None: it has certainly not arrived

        def attempt() -> Prediction:
            nonlocal sent_at
            if sent_at is not None and (found := self.find(content, sent_at)):
                return found
            if sent_at is None:
                sent_at = self.now()
                self.journal.note(sha256, sent_at)
            try:
                return self.client.classify(content, name, model=self.model)
            except ApiError as error:
                if error.status < 500:
                    sent_at = None
                    self.journal.forget([sha256])
                raise
            except Unreachable as error:
                if not error.may_have_arrived:
                    sent_at = None
                raise

        prediction = self.retries.call(attempt)
        self.journal.note(sha256, self.now(), prediction)
        return prediction

    def find(self, content: bytes, sent_at: float) -> Prediction | None:
        """What the service recorded of a picture whose sender never heard of it.

        Servers that have no history, and tokens that may not read it, find nothing.
        """
        since = datetime.fromtimestamp(sent_at - MARGIN, UTC).isoformat()
        try:
            return self.client.find(content, model=self.model, since=since)
        except ApiError as error:
            if error.status not in {403, 404}:
                raise
            return None

    def now(self) -> float:
        """By the service's clock."""
        return time.time() + self.ahead


def concerns_one_picture(error: ApiError) -> bool:
    return error.status in OF_ONE_PICTURE or error.code in {DELETED, QUOTA}
