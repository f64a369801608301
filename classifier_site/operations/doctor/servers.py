"""Whether PostgreSQL and Redis answer; without one, what needs it is not looked at."""

from collections.abc import Iterator

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from redis import Redis
from redis.exceptions import AuthenticationError, RedisError
from redis.sentinel import MasterNotFoundError

from classifier_site.operations.doctor.findings import Check, Finding, problem, reason
from foundation.redis_server import connect

SECONDS = 3  # for each answer of Redis; the database has settings of its own
EMBEDDED = "Start it with `make run`"


def redis() -> Redis:
    return connect(settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)


def database() -> Iterator[Finding]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        do = "See whether it runs, and what DATABASE_URL says of its host, port, user and name"
        yield problem(
            f"The database cannot be used: {reason(error)}",
            f"{EMBEDDED if settings.EMBEDDED_DATABASE else do}.",
        )


def redis_answers() -> Iterator[Finding]:
    try:
        with redis() as asked:
            asked.ping()
    except AuthenticationError as error:  # redis-py's for both, no and a wrong password
        yield problem(
            f"Redis refuses the password in REDIS_URL: {reason(error)}",
            "Give REDIS_URL the password that Redis has (`requirepass`, in compose "
            "REDIS_PASSWORD), and start the service again.",
        )
    except MasterNotFoundError as error:
        yield problem(
            f"The Sentinels do not name a primary Redis: {reason(error)}",
            "See whether they run, what REDIS_URL says of their hosts and of `master`, and "
            "whether a server is left that can take over.",
        )
    except RedisError as error:
        embedded = urls_of_one_machine() and EMBEDDED
        do = "See whether it runs, and what REDIS_URL says of its host and port"
        yield problem(f"Redis cannot be reached: {reason(error)}", f"{embedded or do}.")


def urls_of_one_machine() -> bool:
    return settings.EMBEDDED_DATABASE and str(settings.REDIS_URL).startswith("unix:")


# By the names that other checks need.
SERVERS = {"database": Check(database), "redis": Check(redis_answers)}
