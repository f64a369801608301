"""Whether one more picture of somebody may wait for a worker."""

from redis.exceptions import RedisError

from accounts.models import User
from predictions.queueing import queue
from predictions.queueing.patience import patience
from predictions.refusals import NotTaken, QueueFull, TooManyPixels
from predictions.throttles import pixels_wait


class Room:
    """Asked once for each picture: a Redis that hangs is not waited for twice, and the picture's
    pixels count once.

    waits: a request is going to wait for the answer, and takes a thread meanwhile.
    """

    def __init__(self, user: User, queue_name: str, pixels: int, *, waits: bool) -> None:
        self.user, self.queue_name, self.pixels, self.waits = user, queue_name, pixels, waits
        self.is_known = False
        self.refusal: NotTaken | RedisError | None = None

    def check(self) -> None:
        """Returns if another picture may wait.

        Raises:
            NotTaken: the queue is full, or a limit of this person is reached.
            redis.exceptions.RedisError: the queue cannot be reached.
        """
        if not self.is_known:
            self.is_known = True
            try:
                self.refusal = self.find_refusal()
            except RedisError as error:
                self.refusal = error
        if self.refusal:
            raise self.refusal

    def find_refusal(self) -> NotTaken | None:
        if self.waits and patience.is_over():
            return QueueFull()
        if refusal := queue.no_room(self.queue_name, self.user.pk):
            return refusal
        seconds = pixels_wait(self.user, self.pixels)
        return None if seconds is None else TooManyPixels(seconds)
