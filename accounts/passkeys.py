"""Passkeys (WebAuthn): a device signs a challenge, and a response works only once.

fido2 makes and checks the messages. The challenge is stored in the session and deleted with the
first response to it.
"""

import json
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from accounts.models import Passkey, User
from accounts.second_factor import ISSUER

MOST = 20  # a person
CHALLENGE = "passkey_challenge"  # in the session


# What fido2's parsers raised for 60,000 mutated responses; nested JSON recurses.
UNREADABLE = (
    AttributeError,
    IndexError,
    KeyError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
)


class PasskeyRefused(Exception):
    """The response matches neither the challenge nor an accepted passkey."""


def server(request: HttpRequest) -> Fido2Server:
    """For the host of SITE_URL, or else of the request.

    A passkey belongs to one host name. ALLOWED_HOSTS may admit several, and every port of them.
    """
    site = urlsplit((settings.SITE_URL or f"{request.scheme}://{request.get_host()}").lower())
    usual_port = {"http": ":80", "https": ":443"}[site.scheme]
    origin = f"{site.scheme}://{site.netloc.removesuffix(usual_port)}"
    # fido2 by itself accepts every port and subdomain of the host.
    return Fido2Server(
        PublicKeyCredentialRpEntity(name=ISSUER, id=site.hostname),
        verify_origin=lambda o: o == origin,
    )


def begin_registration(request: HttpRequest, user: User) -> dict[str, Any]:
    """The options for the browser's `navigator.credentials.create`, as JSON."""
    options, request.session[CHALLENGE] = server(request).register_begin(
        PublicKeyCredentialUserEntity(
            id=str(user.pk).encode(), name=user.email, display_name=user.username or user.email
        ),
        [credential(passkey) for passkey in user.passkeys.all()],
        # Stored on the device with the account's name, it can also sign in without a password.
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return as_json(options)


def finish_registration(request: HttpRequest, user: User, name: str, answer: str) -> Passkey:
    """Stores a new passkey.

    Raises:
        PasskeyRefused
    """
    with refusing():
        state = request.session.pop(CHALLENGE)
        attested = server(request).register_complete(state, parsed(answer))
        data = attested.credential_data
        if data is None or user.passkeys.count() >= MOST:
            raise PasskeyRefused
        with transaction.atomic():
            return user.passkeys.create(
                name=name,
                credential_id=data.credential_id,
                credential=bytes(data),
                sign_count=attested.counter,
            )


def begin_sign_in(request: HttpRequest, user: User | None) -> dict[str, Any]:
    """The options for `navigator.credentials.get`. `user`: who has given the password, if anybody.

    Without a password the device must ask for a PIN or fingerprint, or it would be the only factor.
    """
    options, request.session[CHALLENGE] = server(request).authenticate_begin(
        None if user is None else [credential(passkey) for passkey in user.passkeys.all()],
        user_verification=(
            UserVerificationRequirement.REQUIRED
            if user is None
            else UserVerificationRequirement.PREFERRED
        ),
    )
    return as_json(options)


def finish_sign_in(request: HttpRequest, user: User | None, answer: str) -> Passkey:
    """The passkey that signed: one of `user`'s, or of anybody who is not locked out.

    Raises:
        PasskeyRefused
    """
    with refusing():
        state = request.session.pop(CHALLENGE)
        if user is None and state["user_verification"] != UserVerificationRequirement.REQUIRED:
            raise PasskeyRefused  # begun after a password, which has expired since
        response = AuthenticationResponse.from_dict(parsed(answer))
        found = Passkey.objects.select_related("user").filter(user__is_active=True)
        passkey = found.get(credential_id=response.raw_id)
        if user is not None and passkey.user != user:
            raise PasskeyRefused
        server(request).authenticate_complete(state, [credential(passkey)], response)
        counter = response.response.authenticator_data.counter
        # WebAuthn, section 6.1.1: a counter that does not grow indicates a cloned key; many always
        # send 0.
        unused = Passkey.objects.filter(pk=passkey.pk)
        if counter or passkey.sign_count:
            unused = unused.filter(sign_count__lt=counter)
        if not unused.update(sign_count=counter, last_used_at=timezone.now()):
            raise PasskeyRefused
        return passkey


def parsed(answer: str) -> dict[str, Any]:
    """Raises PasskeyRefused."""
    found = json.loads(answer)
    if not isinstance(found, dict):
        raise PasskeyRefused
    return found


@contextmanager
def refusing() -> Iterator[None]:
    """Turns every error in a response into one refusal."""
    try:
        yield
    except (*UNREADABLE, Passkey.DoesNotExist, IntegrityError) as error:
        raise PasskeyRefused from error


def credential(passkey: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData(bytes(passkey.credential))


def as_json(options: Any) -> dict[str, Any]:
    """Its public key alone, in the form of WebAuthn's `…OptionsJSON`."""
    return dict(options)["publicKey"]
