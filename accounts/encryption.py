"""Secrets that the service has to know, encrypted in the database."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet
from django.utils.crypto import salted_hmac


def cipher(salt: str, purpose: str) -> Fernet:
    """With a key derived from SECRET_KEY, which is in neither the database nor its backups."""
    return Fernet(urlsafe_b64encode(salted_hmac(salt, purpose, algorithm="sha256").digest()))
