"""`classify login` and `classify logout`."""

import sys
from typing import Annotated

import typer

from classifier_client.api import Client
from classifier_client.commands import kept
from classifier_client.commands.screen import errors
from classifier_client.errors import ClassifierError, SignInNeeded
from classifier_client.tokens import Tokens

CODE_MISSING = "second_factor_missing"
# To sign in again is no advice after these.
WRONG = {"wrong_credentials", CODE_MISSING, "second_factor_wrong", "account_locked"}


def login(
    site: Annotated[
        str, typer.Argument(envvar="CLASSIFY_SITE", help="The service's address.")
    ] = "",
    email: Annotated[str, typer.Option("--email", "-e", help="Asked for if it is left out.")] = "",
    token: Annotated[
        bool, typer.Option("--token", help="With an API token, which your account page creates.")
    ] = False,
) -> None:
    """Sign in. Asks for the password, or reads it from standard input if that is no terminal."""
    before = kept.read()
    site = kept.with_scheme(site or (before.site if before else "") or typer.prompt("Address"))
    if site.startswith("http://") and not kept.is_local(site):
        errors.print("Warning: http:// sends passwords and pictures unencrypted.", style="yellow")
    with Client(site) as client:
        if token:
            client.auth.tokens = Tokens(secret("API token"))
            check(client)
            account = kept.Account(site, "", client.auth.tokens.access)
        else:
            email = email or typer.prompt("Email", err=True)
            tokens = sign_in(client, email, secret("Password"))
            account = kept.Account(site, email, tokens.access, tokens.refresh)
    kept.write(account)
    errors.print(f"Signed in at {site}.", highlight=False)


def sign_in(client: Client, email: str, password: str) -> Tokens:
    try:
        return client.sign_in(email, password)
    except SignInNeeded as error:
        # Servers from before there were codes say it in the sentence alone.
        if error.code != CODE_MISSING and "two-factor" not in str(error):
            raise
        errors.print(str(error), highlight=False)
    return client.sign_in(email, password, secret("Code"))


def check(client: Client) -> None:
    """Raises SignInNeeded if the token is wrong. A 403 or 404 says that it is a token."""
    try:
        client.models()
    except SignInNeeded:
        raise
    except ClassifierError as error:
        if getattr(error, "status", None) not in {403, 404}:
            raise


def secret(what: str) -> str:
    if sys.stdin.isatty():
        return str(typer.prompt(what, hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\n")


def logout() -> None:
    """Sign out, and forget the tokens that are kept here."""
    account = kept.read()
    if account is None:
        errors.print("Nobody is signed in.")
        return
    try:
        if account.refresh:
            with kept.client_of(account) as client:
                client.sign_out()
    except SignInNeeded:
        pass  # that was over already
    finally:
        kept.forget()
    errors.print(f"Signed out at {account.site}.", highlight=False)
