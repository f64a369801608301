"""Signs in to a running site, has a photograph classified and gives feedback; for deployments.

    SMOKE_EMAIL=… SMOKE_PASSWORD=… python deploy/smoke.py https://classifier.example.org
    python deploy/smoke.py http://127.0.0.1:8000 --sign-up

With --sign-up it makes an account for itself and deletes it in the end, with everything that it has
sent; with an account of yours it deletes the prediction. Needs Python alone. Exit status 1, with a
sentence, where the site does not do what it should.
"""

import argparse
import http.cookiejar
import json
import os
import re
import secrets
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

PHOTOGRAPH = Path(__file__).parent.parent / "static" / "coffee.jpg"
EXPECTED = {"n07920052", "n07930864"}  # espresso and cup, as `manage.py doctor` has it
REQUEST_SECONDS = 60
STARTS_WITHIN = 300  # seconds, unless told
BOUNDARY = "smoke-f3a1c5"


class Failed(Exception):
    """Says what the site should have done."""


class Site:
    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.token = ""

    def ask(
        self, method: str, path: str, body: bytes = b"", content_type: str = "", *, expect: int
    ) -> Any:
        """The JSON of an answer with this status. Raises Failed."""
        headers = {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if content_type:
            headers["Content-Type"] = content_type
        request = urllib.request.Request(  # noqa: S310 - the operator's own address
            self.address + path, data=body or None, headers=headers, method=method
        )
        status, said = answer_to(urllib.request.build_opener(), request)
        if status != expect:
            raise Failed(f"{method} {path} answers {status} instead of {expect}: {said[:500]}")
        return json.loads(said) if said else None

    def send(self, method: str, path: str, fields: dict[str, Any], *, expect: int) -> Any:
        body = json.dumps(fields).encode()
        return self.ask(method, path, body, "application/json", expect=expect)


def answer_to(opener: urllib.request.OpenerDirector, request: Any) -> tuple[int, str]:
    try:
        with opener.open(request, timeout=REQUEST_SECONDS) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError as error:
        raise Failed(f"{request.full_url} cannot be reached: {error}") from error


def wait_until_healthy(site: Site, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            site.ask("GET", "/health", expect=200)
            return
        except Failed as error:
            if time.monotonic() > deadline:
                raise Failed(f"Not healthy within {seconds:.0f} seconds. {error}") from error
        time.sleep(1)


@contextmanager
def account(site: Site, *, sign_up: bool) -> Iterator[tuple[str, str]]:
    """Email and password."""
    if not sign_up:
        yield os.environ["SMOKE_EMAIL"], os.environ["SMOKE_PASSWORD"]
        return
    email, password = f"smoke-{secrets.token_hex(8)}@example.com", secrets.token_urlsafe(24)
    fields = {"email": email, "username": email.partition("@")[0], "password": password}
    user = site.send("POST", "/users", fields, expect=201)
    try:
        yield email, password
    finally:
        goodbye = {"current_password": password}
        site.send("DELETE", f"/users/{user['id']}", goodbye, expect=204)


def sign_in(site: Site, email: str, password: str) -> None:
    fields = {"username": email, "password": password}
    site.token = site.send("POST", "/login", fields, expect=200)["access_token"]


def classify(site: Site) -> dict[str, Any]:
    """The answer, with a prediction that is one of EXPECTED."""
    name = "smoke.jpg"
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    body = head.encode() + PHOTOGRAPH.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode()
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    answer: dict[str, Any] = site.ask("POST", "/model/predict", body, kind, expect=200)
    if answer["top_k"][0]["synset"] not in EXPECTED:
        raise Failed(f"The photograph of an espresso is taken for {answer['prediction']!r}.")
    return answer


def give_feedback(site: Site, answer: dict[str, Any]) -> None:
    fields = {
        "image_file_name": answer["image_file_name"],
        "predicted_class": answer["prediction"],
        "score": answer["score"],
        "correct": True,
        "feedback": "A deployment was checked.",
    }
    site.send("POST", "/feedback", fields, expect=201)


def look_at_pages(site: Site, email: str, password: str, prediction_id: str) -> None:
    """Signs in as a browser does, and finds the picture in the history."""
    opener = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    )
    login = f"{site.address}/accounts/login"
    _, page = answer_to(opener, urllib.request.Request(login))  # noqa: S310
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    if token is None:
        raise Failed("The page to sign in has no form.")
    form = {"csrfmiddlewaretoken": token[1], "username": email, "password": password, "next": ""}
    sent = urllib.request.Request(  # noqa: S310
        login, urlencode(form).encode(), {"Referer": login}
    )
    status, page = answer_to(opener, sent)
    _, history = answer_to(opener, urllib.request.Request(f"{site.address}/history"))  # noqa: S310
    if status != 200 or f"/history/{prediction_id}" not in history:
        raise Failed(f"The history of pages does not show the picture (status {status}).")


def check(site: Site, *, sign_up: bool, seconds: float) -> None:
    wait_until_healthy(site, seconds)
    print("healthy")
    with account(site, sign_up=sign_up) as (email, password):
        sign_in(site, email, password)
        print("signed in")
        answer = classify(site)
        try:
            print(f"classified: {answer['prediction']}, {answer['score']}")
            give_feedback(site, answer)
            print("feedback given")
            look_at_pages(site, email, password, answer["id"])
            print("pages work")
        finally:
            site.ask("DELETE", f"/model/predictions/{answer['id']}", expect=204)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("address", help="of the site, such as https://classifier.example.org")
    parser.add_argument("--sign-up", action="store_true", help="with an account made for this")
    parser.add_argument(
        "--seconds", type=float, default=STARTS_WITHIN, help="until the site has to be healthy"
    )
    options = parser.parse_args()
    if not options.sign_up and not (
        os.environ.get("SMOKE_EMAIL") and os.environ.get("SMOKE_PASSWORD")
    ):
        parser.error("set SMOKE_EMAIL and SMOKE_PASSWORD, or use --sign-up")
    try:
        check(Site(options.address), sign_up=options.sign_up, seconds=options.seconds)
    except Failed as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
