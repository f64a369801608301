"""People with passwords, whose hashes are real but cheap."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.contrib.auth.hashers import BCryptSHA256PasswordHasher
from django.utils import timezone

from accounts import second_factor
from accounts.models import Authenticator

PASSWORD = "correct horse"


class CheapBCrypt(BCryptSHA256PasswordHasher):
    """bcrypt as in production, at its lowest cost; counts how often it is computed."""

    rounds = 4
    computed: list[str] = []

    def encode(self, password: str, salt: bytes) -> str:
        self.computed.append(password)
        return super().encode(password, salt)


@pytest.fixture(autouse=True)
def cheap_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["tests.accounts.conftest.CheapBCrypt"]


@pytest.fixture
def password() -> str:
    return PASSWORD


@pytest.fixture
def ada(make_user: Callable[..., Any]) -> Any:
    """Somebody who can sign in."""
    return make_user("ada@example.com", password=PASSWORD)


@pytest.fixture
def login(anonymous: Any) -> Callable[..., Any]:
    """The answer to a sign-in over the API."""

    def post(email: str = "ada@example.com", password: str = PASSWORD, **extra: Any) -> Any:
        return anonymous.post("/login", {"username": email, "password": password}, **extra)

    return post


@pytest.fixture
def get_me(client: Any) -> Callable[[str], Any]:
    """The answer to `GET /users/me` with this Authorization header."""

    def get(authorization: str) -> Any:
        return client.get("/users/me", headers={"Authorization": authorization})

    return get


def forget_the_password(page: Any) -> None:
    """As if it had been typed in this browser eleven minutes ago."""
    session = page.session
    session["confirmed_at"] = (timezone.now() - timedelta(minutes=11)).isoformat()
    session.save()


def pass_second_step(page: Any) -> None:
    """As if this session had been made with a second factor."""
    session = page.session
    session["second_factor"] = "app"
    session.save()


@pytest.fixture
def app(ada: Any) -> pyotp.TOTP:
    """Ada's authenticator app. What it shows now is still to be used."""
    app = pyotp.TOTP(second_factor.new_secret())
    second_factor.set_up_app(ada, app.secret, app.now())
    Authenticator.objects.update(last_step=0)
    return app


@pytest.fixture
def first_step(client: Any, ada: Any, app: pyotp.TOTP) -> Callable[..., Any]:
    """Sends the right password; the answer to it."""
    form = {"username": ada.email, "password": PASSWORD}
    return lambda **fields: client.post("/accounts/login", form | fields)


@pytest.fixture
def second_step(client: Any) -> Callable[[str], Any]:
    return lambda code: client.post("/accounts/login/second-step", {"code": code})


def is_signed_in(client: Any) -> bool:
    return client.get("/history").status_code == 200
