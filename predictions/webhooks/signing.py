"""Signatures as the Standard Webhooks specification 1.0.0 has them, section "Signature scheme"."""

import hmac
import secrets
from base64 import b64decode, b64encode

from cryptography.fernet import InvalidToken

from accounts.encryption import cipher

PREFIX = "whsec_"
SECRET_BYTES = 32  # 24 to 64 are allowed
CIPHER = ("predictions.webhooks", "signing secrets")


class SecretLost(Exception):
    """SECRET_KEY has changed since the webhook was made."""


def new_secret() -> str:
    return PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def encrypt(secret: str) -> str:
    return cipher(*CIPHER).encrypt(secret.encode()).decode()


def decrypt(encrypted: str) -> str:
    """Raises SecretLost."""
    try:
        return cipher(*CIPHER).decrypt(encrypted.encode()).decode()
    except InvalidToken as error:
        raise SecretLost from error


def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """timestamp: of this attempt, in seconds since 1970."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.digest(b64decode(secret.removeprefix(PREFIX)), signed, "sha256")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }
