"""The service's API, one method a request."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from classifier_client.errors import ApiError, UnexpectedAnswer, Unreachable, error_in
from classifier_client.records import Classifier, Feedback, Prediction, Training
from classifier_client.tokens import Bearer, Tokens

# Seconds. The service says within its own limit, 30 seconds, that an answer takes longer.
TIMEOUT = httpx.Timeout(60, connect=10)
# Nothing of these requests has reached the service.
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
PAGE = 500  # the most that one request lists


class Client:
    """Asks one service. Threads may share it.

    All methods raise Unreachable, UnexpectedAnswer, SignInNeeded and ApiError. None tries again by
    itself; retries.py does.
    """

    def __init__(
        self,
        site: str,
        tokens: Tokens | None = None,
        *,
        latest: Callable[[], Tokens | None] | None = None,
        save: Callable[[Tokens], None] | None = None,
    ) -> None:
        """site: its address, as `https://pictures.example`. latest, save: see Bearer."""
        self.site = site.rstrip("/")
        self.auth = Bearer(self.site, tokens, latest, save)
        self.http = httpx.Client(
            base_url=self.site,
            auth=self.auth,
            timeout=TIMEOUT,
            limits=httpx.Limits(max_connections=None),
            headers={"Accept": "application/json", "User-Agent": "classify"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    # --- Signing in

    def sign_in(self, email: str, password: str, code: str = "") -> Tokens:
        """Tokens for the requests to come. code: of the second factor, for accounts with one."""
        form = {"grant_type": "password", "username": email, "password": password}
        said = self.ask("POST", "/login", data=form | ({"otp": code} if code else {}), auth=None)
        self.auth.tokens = Tokens(said["access_token"], said.get("refresh_token", ""))
        return self.auth.tokens

    def sign_out(self) -> None:
        self.request("POST", "/logout")

    # --- Pictures

    def classify(
        self, content: bytes, file_name: str, *, model: str = "", wait: int = 10
    ) -> Prediction:
        """Sends a picture. Its answer, or after so many seconds a prediction that has none yet.

        model: the classifier; empty for the service's usual one.
        """
        try:
            said = self.ask(
                "POST",
                "/model/predict",
                params={"model": model} if model else None,
                files={"file": (file_name, content)},
                headers={"Prefer": f"respond-async, wait={wait}"},
            )
        except ApiError as error:
            if error.prediction_id and error.passes:
                return Prediction("queued", error.prediction_id)
            raise
        return Prediction.read(said)

    def prediction(self, prediction_id: str) -> Prediction:
        path = f"/model/predictions/{quote(prediction_id, safe='')}"
        return Prediction.read(self.ask("GET", path))

    def history(
        self, *, search: str = "", model: str = "", since: str = "", limit: int | None = None
    ) -> Iterator[Prediction]:
        """One's own predictions, newest first.

        search: kinds of things, or part of a file's name. model: a classifier. since: ISO 8601.
        """
        filters = {"search": search, "model": model, "since": since}
        params: Mapping[str, Any] | None = {
            "limit": min(limit or PAGE, PAGE),
            **{name: value for name, value in filters.items() if value},
        }
        address, left = "/model/predictions", limit
        while address and left != 0:
            response = self.request("GET", address, params=params)
            for said in body_of(response)[:left]:
                yield Prediction.read(said)
                left = None if left is None else left - 1
            address, params = self.here(response.links.get("next", {}).get("url", "")), None

    def find(
        self, content: bytes, *, search: str = "", model: str = "", since: str = ""
    ) -> Prediction | None:
        """The latest prediction of this picture, among those that `history` lists."""
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        for prediction in self.history(search=search, model=model, since=since):
            if prediction.image_file_name.partition(".")[0] == md5:
                return prediction
        return None

    def here(self, address: str) -> str:
        """The same at the site's own host, which a proxy may know by another name.

        The token goes nowhere else.
        """
        site = self.http.base_url
        there = httpx.URL(address).copy_with(scheme=site.scheme, host=site.host, port=site.port)
        return str(there) if address else ""

    # --- Feedback

    def give_feedback(
        self,
        prediction: Prediction,
        *,
        correct: bool | None = None,
        label: str = "",
        comment: str = "",
    ) -> Feedback:
        """Says whether an answer was right, or which label would have been; either is enough."""
        said: dict[str, Any] = {}
        if correct is not None:
            said["correct"] = correct
        if label:
            said["label"] = label
        if prediction.id:
            path = f"/model/predictions/{quote(prediction.id, safe='')}/feedback"
            said |= {"feedback": comment} if comment else {}
        else:  # the predecessor's way, which knows no ids and only words
            path = "/feedback"
            words = comment or label or ("Right." if correct else "Wrong.")
            said |= {
                "feedback": words,
                "score": prediction.score,
                "predicted_class": prediction.label,
                "image_file_name": prediction.image_file_name,
            }
        return Feedback.read(self.ask("POST", path, json=said))

    # --- Classifiers

    def models(self) -> list[Classifier]:
        return [
            Classifier.read(said) for said in self.ask("GET", "/models", params={"limit": PAGE})
        ]

    def model(self, name: str) -> Classifier:
        return Classifier.read(self.ask("GET", of(name)))

    def new_model(self, title: str) -> Classifier:
        return Classifier.read(self.ask("POST", "/models", json={"title": title}))

    def add_examples(
        self, model: str, class_name: str, files: Sequence[tuple[str, bytes]]
    ) -> list[tuple[str, str]]:
        """Gives a class pictures, as (name, content). Which were refused: (name, why).

        A picture that the class has already is not added again.
        """
        said = self.ask(
            "POST",
            f"{of(model)}/examples",
            data={"class": class_name},
            files=[("file", file) for file in files],
        )
        return [(each["file_name"], each["detail"]) for each in said if each["status"] == "refused"]

    def problems(self, model: str) -> list[str]:
        """What stands in the way of a good training, in words."""
        return [str(each["says"]) for each in self.ask("GET", f"{of(model)}/problems")]

    def train(self, model: str) -> Training:
        return Training.read(self.ask("POST", f"{of(model)}/trainings", json={}))

    def training(self, model: str, training_id: str, *, wait: int = 0) -> Training:
        """As it is after so many seconds, or sooner at its end."""
        path = f"{of(model)}/trainings/{quote(training_id, safe='')}"
        return Training.read(self.ask("GET", path, headers={"Prefer": f"wait={wait}"}))

    def use(self, model: str, version: int) -> None:
        """This version answers from now on."""
        said = {"action": "promote", "version": version}
        self.request("POST", f"{of(model)}/roles", json=said)

    # --- The service

    def time(self) -> float:
        """The service's clock, seconds since 1970; raises Unreachable if it does not answer."""
        try:
            date = self.http.get("/health/live", auth=None).headers.get("Date", "")
            return parsedate_to_datetime(date).timestamp()
        except httpx.TransportError as error:
            raise self.unreachable(error) from error
        except ValueError as error:
            raise UnexpectedAnswer(f"{self.site} does not say what time it is.") from error

    # --- Requests

    def ask(self, method: str, path: str, **what: Any) -> Any:
        """The JSON of the response."""
        return body_of(self.request(method, path, **what))

    def request(self, method: str, path: str, **what: Any) -> httpx.Response:
        try:
            response = self.http.request(method, path, **what)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise self.unreachable(error) from error
        if not response.is_success:
            raise error_in(response)
        return response

    def unreachable(self, error: Exception) -> Unreachable:
        why = str(error) or type(error).__name__
        arrived = not isinstance(error, NOT_SENT)
        said = "gave no answer" if arrived else "cannot be reached"
        return Unreachable(f"{self.site} {said}: {why}", may_have_arrived=arrived)


def of(model: str) -> str:
    return f"/models/{quote(model, safe='')}"


def body_of(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError as error:
        raise UnexpectedAnswer(
            f"What answers at {response.url.host} is not an image classification service."
        ) from error
