"""What workers say when they cannot load a model, for those who look after the service.

Redis forgets it soon, unless it is said again: a worker tries with each start, and each 15 seconds.
"""

import logging
import socket
from contextlib import suppress

from redis import Redis
from redis.exceptions import RedisError

from predictions.inference.errors import ModelNotPrepared

logger = logging.getLogger(__name__)

KEY, REMEMBERED = "classifier:unloadable", 90  # seconds; longer than a supervisor's pause


def tell(connection: Redis, error: ModelNotPrepared) -> None:
    logger.error("A model cannot be loaded: %s", error)
    with suppress(RedisError):
        connection.set(KEY, f"{socket.gethostname()}: {error}"[:1000], ex=REMEMBERED)


def told(connection: Redis) -> str | None:
    """The machine's name, and what is wrong there; None if all workers have their models.

    Raises RedisError.
    """
    said = connection.get(KEY)
    return None if said is None else said.decode()  # type: ignore[union-attr]
