"""The tokens that a client sends, and how it gets new ones."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from threading import Lock

import httpx


@dataclass(frozen=True)
class Tokens:
    """refresh: empty for API tokens, and for servers that have no refresh tokens."""

    access: str
    refresh: str = ""


class Bearer(httpx.Auth):
    """Sends the access token; once it has expired, gets another with the refresh token.

    Threads share it: only one of them refreshes, because each refresh token works once.

    latest: the tokens as they are kept, should another process have got new ones meanwhile.
    save: keeps new ones.
    """

    def __init__(
        self,
        site: str,
        tokens: Tokens | None,
        latest: Callable[[], Tokens | None] | None = None,
        save: Callable[[Tokens], None] | None = None,
    ) -> None:
        self.site, self.tokens = site, tokens
        self.latest, self.save = latest, save
        self.lock = Lock()

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        used = self.tokens
        if used is None:
            yield request
            return
        request.headers["Authorization"] = f"Bearer {used.access}"
        response = yield request
        if response.status_code != 401:
            return
        with self.lock:
            if self.tokens == used:
                yield from self.renew(used, request)
        if self.tokens and self.tokens != used:
            request.headers["Authorization"] = f"Bearer {self.tokens.access}"
            yield request

    def renew(
        self, used: Tokens, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        kept = self.latest() if self.latest else None
        if kept and kept != used:
            self.tokens = kept
            return
        if not used.refresh:
            return
        response = yield httpx.Request(
            "POST",
            f"{self.site}/login/refresh",
            json={"refresh_token": used.refresh},
            extensions=request.extensions,  # the same time-outs
        )
        response.read()
        if response.status_code == 200:
            said = response.json()
            self.tokens = Tokens(said["access_token"], said["refresh_token"])
            if self.save:
                self.save(self.tokens)
