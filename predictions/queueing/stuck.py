"""What a worker does when something in it does not come back: its process ends.

No thread can be stopped from outside, and one that never ends would hold its share of the
processor, its memory and the end of the process for ever. Its supervisor
starts it again.
"""

import os
import signal
import time
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, NoReturn

from django.db import Error as DatabaseError
from django.utils.translation import gettext_noop
from redis.exceptions import RedisError

from foundation.observability.outcomes import repairs_total
from predictions.inference.limits import UnreadableImage
from predictions.queueing.batch import Task

if TYPE_CHECKING:
    from predictions.queueing.worker import PredictionWorker

# Seconds for all pictures of a batch together. The slowest that are accepted take 3 on a core of
# 2023.
DECODE_SECONDS = 20
# Seconds from SIGTERM to the end. `manage.py up` waits 30 and compose 60 before they kill.
STOP_SECONDS = 25
# The same with no picture in hand. A Redis that is away lets RQ try again and again, and one that
# hangs lets it wait, so that it would not come to see that it should stop.
IDLE_STOP_SECONDS = 8
TOO_SLOW = gettext_noop(
    "The picture takes too long to decode. Save it again and send the new file."
)


def end_over(worker: "PredictionWorker", late: list[Task], *, was_alone: bool) -> NoReturn:
    """Ends this process because decoders have not come back.

    A picture that was alone is to blame, and is told so. Otherwise what was being decoded runs
    alone, after everybody else, and what only waited for a decoder goes back to its place.
    """
    suspects = [task for task in late if task.pixels and not task.pixels.cancel()]
    names = ", ".join(str(task.job.id) for task in suspects)
    repairs_total.labels("worker_ended_itself").inc()
    worker.log.error("Decoding takes too long, so this worker ends. In its decoders: %s", names)
    try:
        if not was_alone:
            in_hand = [worker.tasks[execution_id] for execution_id in worker.executions]
            worker.give_back(in_hand, suspects)
        elif suspects and suspects[0].is_read.is_set():  # or the storage is to blame
            worker.fail(suspects[0], UnreadableImage(TOO_SLOW))
        worker.register_death()
    except (RedisError, DatabaseError) as error:  # recovery.py finds what is left in hand
        worker.log.error("Jobs could not be put back: %s", error)
    finally:
        os._exit(1)  # a usual exit would wait for the decoders


def stop_in_time(worker: "PredictionWorker") -> None:
    """From now on SIGTERM or SIGINT end this process, at the latest STOP_SECONDS after they came.

    Python handles signals in the main thread, between two of its steps; this sees them whatever
    that thread is at.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def watch() -> None:
        while not {signal.SIGTERM, signal.SIGINT} & set(os.read(reader, 64)):
            pass
        time.sleep(IDLE_STOP_SECONDS)
        if worker.executions:
            time.sleep(STOP_SECONDS - IDLE_STOP_SECONDS)
        said = f"The worker did not stop in time and is ended. In hand: {len(worker.executions)}\n"
        with suppress(OSError):
            os.write(2, said.encode())
        os._exit(1)

    Thread(target=watch, name="stop", daemon=True).start()
