"""What goes wrong between a client and the service; each says a sentence for people."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

UNKNOWN_PATH = {"detail": "Not Found"}  # the predecessor's words
TOO_OLD = "This service cannot do that; it may be older than this program."


class ClassifierError(Exception):
    """Any of those below."""


class Unreachable(ClassifierError):
    """No answer came.

    may_have_arrived: the request was on its way, so that the service may have acted on it.
    """

    def __init__(self, sentence: str, *, may_have_arrived: bool) -> None:
        super().__init__(sentence)
        self.may_have_arrived = may_have_arrived


class UnexpectedAnswer(ClassifierError):
    """What answers at this address is not the service."""


class ApiError(ClassifierError):
    """The service said no.

    code: the error's name for programs, which stays when sentences change; empty from servers that
        know none.
    retry_after: seconds after which trying again makes sense; None if the service did not say.
    prediction_id: what was accepted all the same, and will be answered; or what failed.
    """

    def __init__(
        self,
        sentence: str,
        status: int,
        *,
        code: str = "",
        retry_after: float | None = None,
        prediction_id: str = "",
    ) -> None:
        super().__init__(sentence)
        self.status, self.code = status, code
        self.retry_after, self.prediction_id = retry_after, prediction_id

    @property
    def passes(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in {408, 429, 502, 503, 504}


class SignInNeeded(ApiError):
    """The credentials are missing, wrong or no longer valid."""


def error_in(response: httpx.Response) -> ClassifierError:
    """What a response with a status other than 2xx says."""
    if response.is_redirect:
        return UnexpectedAnswer(f"The service has moved to {response.headers['Location']}.")
    try:
        said = response.json()
    except ValueError:
        said = None
    kind = SignInNeeded if response.status_code == 401 else ApiError
    fields = said if isinstance(said, dict) else {}
    return kind(
        (TOO_OLD if said == UNKNOWN_PATH else sentence_in(said))
        or f"The service answered {response.status_code}.",
        response.status_code,
        code=str(fields.get("code", "")),
        retry_after=seconds_in(response.headers.get("Retry-After", "")),
        prediction_id=str(fields.get("id", "")),
    )


def sentence_in(said: Any) -> str:
    """`{"detail": "…"}`, or `{"field": ["…"]}` for each field."""
    if not isinstance(said, dict):
        return ""
    if isinstance(said.get("detail"), str):
        return str(said["detail"])
    return " ".join(
        f"{field}: {' '.join(map(str, texts))}"
        for field, texts in said.items()
        if isinstance(texts, list)
    )


def seconds_in(retry_after: str) -> float | None:
    """RFC 9110, section 10.2.3: seconds, or a date."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        date = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())
