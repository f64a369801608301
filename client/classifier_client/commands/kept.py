"""What `classify` keeps between two runs: who is signed in where, and the journal."""

import hashlib
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer

from classifier_client.api import Client
from classifier_client.tokens import Tokens


class NotSignedIn(Exception):
    """Nobody is."""


@dataclass(frozen=True)
class Account:
    """email: empty where an API token is used, which does not say whose it is."""

    site: str
    email: str
    access: str
    refresh: str = ""

    @property
    def tokens(self) -> Tokens:
        return Tokens(self.access, self.refresh)

    @property
    def owner(self) -> str:
        """Tells people apart; of an API token no more than its hash is written anywhere else."""
        return self.email or hashlib.sha256(self.access.encode()).hexdigest()


def folder() -> Path:
    """Where the platform keeps such things: `~/.config/classify` on Linux."""
    return Path(typer.get_app_dir("classify"))


def account_file() -> Path:
    return folder() / "account.json"


def read() -> Account | None:
    """Who has signed in; None if nobody has, or if the file cannot be read."""
    try:
        kept: dict[str, Any] = json.loads(account_file().read_text())
        return Account(**kept)
    except (OSError, ValueError, TypeError):
        return None


def write(account: Account) -> None:
    """For this person alone to read. Another process sees the old file or the new one."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=folder())  # mode 0600
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(account), file)
    os.replace(name, account_file())


def forget() -> None:
    account_file().unlink(missing_ok=True)


def current() -> Account:
    """CLASSIFY_SITE and CLASSIFY_TOKEN, for scripts, or else who has signed in.

    Raises NotSignedIn.
    """
    site, token = os.environ.get("CLASSIFY_SITE", ""), os.environ.get("CLASSIFY_TOKEN", "")
    kept = read()
    if token:
        if not site and kept is None:
            raise NotSignedIn("CLASSIFY_TOKEN needs the service's address in CLASSIFY_SITE.")
        return Account(with_scheme(site) if site else kept.site if kept else "", "", token)
    if kept is None or (site and with_scheme(site) != kept.site):
        raise NotSignedIn(f"Nobody is signed in. Run: classify login {site or 'ADDRESS'}")
    return kept


def client_of(account: Account) -> Client:
    """One that shares new tokens with the next run, and with others at the same time."""

    def latest() -> Tokens | None:
        kept = read()
        is_same = kept and (kept.site, kept.email) == (account.site, account.email)
        return kept.tokens if kept and is_same else None

    def save(tokens: Tokens) -> None:
        write(Account(account.site, account.email, tokens.access, tokens.refresh))

    if not account.refresh:
        return Client(account.site, account.tokens)
    return Client(account.site, account.tokens, latest=latest, save=save)


def with_scheme(site: str) -> str:
    """`https://`, unless it was said otherwise or the service is on this machine."""
    site = site.strip().rstrip("/")
    if "://" in site:
        return site
    return f"http://{site}" if is_local(f"http://{site}") else f"https://{site}"


def is_local(site: str) -> bool:
    host = site.partition("://")[2].partition("/")[0].rpartition("@")[2]
    return host.startswith("[::1]") or host.partition(":")[0] in {"localhost", "127.0.0.1"}
