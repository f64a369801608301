"""What a check says: what is wrong, what to do about it, and perhaps what does it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings

from foundation.observability.logs import without_secrets
from foundation.redis_server import passwords


class Severity(StrEnum):
    PROBLEM = "problem"  # something does not work, or will not
    WARNING = "warning"  # works, and somebody should look
    NOTE = "note"  # was not looked at, and why


@dataclass(frozen=True)
class Finding:
    """fix: repairs it and says what it did; only where that can do no harm."""

    severity: Severity
    says: str
    do: str = ""
    fix: Callable[[], str] | None = None


@dataclass(frozen=True)
class Check:
    """A function that yields findings, none if all is well.

    needs: the servers without which it is not asked.
    """

    look: Callable[[], Iterable[Finding]]
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.look.__name__.replace("_", " ")


def problem(says: str, do: str, fix: Callable[[], str] | None = None) -> Finding:
    return Finding(Severity.PROBLEM, says, do, fix)


def warning(says: str, do: str, fix: Callable[[], str] | None = None) -> Finding:
    return Finding(Severity.WARNING, says, do, fix)


def note(says: str) -> Finding:
    return Finding(Severity.NOTE, says)


def reason(error: BaseException) -> str:
    """The first line of another program's error, without secrets, and with a full stop."""
    line = str(error).strip().partition("\n")[0] or type(error).__name__
    line = without_secrets(None, "", line)
    for secret in secrets():
        line = line.replace(secret, "[secret]")
    return line.rstrip(".") + "."


def secrets() -> set[str]:
    """All that settings hide, as it is written in them and in addresses."""
    found = {
        settings.SECRET_KEY,
        settings.METRICS_TOKEN,
        settings.EMAIL_HOST_PASSWORD,
        *(database.get("PASSWORD", "") for database in settings.DATABASES.values()),
        (settings.DATABASE_DIRECT or {}).get("PASSWORD", ""),
        *passwords(settings.REDIS_URL),
    }
    return {secret for secret in found if secret}
