"""`doctor` finds settings that are weak or wrong."""

import pytest

from accounts.models import User
from classifier_site.operations.doctor import (
    configuration,
)
from tests.operations.doctor.finding import one

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", ["a" * 50, "django-insecure-" + "kq8#z" * 10])
def test_a_weak_secret_key(settings, key):
    settings.SECRET_KEY = key
    found = one(configuration.secret_key, "SECRET_KEY can be guessed")
    assert key not in found.says + found.do


def test_a_secret_key_that_others_can_read(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    file = tmp_path / "secret_key"
    file.write_text("secret")
    file.chmod(0o644)
    found = one(configuration.secret_key_is_private, "Others on this machine can read")
    found.fix()
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(configuration.secret_key_is_private()) == []


def test_debug_in_production(settings):
    settings.DEBUG = True
    one(configuration.debugging, "DEBUG is on")


def test_a_public_site_without_https(settings):
    settings.ALLOWED_HOSTS = ["classifier.example.org"]
    one(configuration.encryption, "HTTPS is off")


def test_a_site_that_does_not_know_its_name(settings):
    settings.SITE_URL = "https://pictures.example.org"
    found = one(configuration.hosts, "pictures.example.org")
    assert "ALLOWED_HOSTS" in found.do


def test_the_password_of_the_first_start(settings):
    settings.ALLOWED_HOSTS = ["localhost"]
    User.objects.create_superuser("admin@example.com", "admin", username="admin")
    assert list(configuration.first_password()) == []
    settings.ALLOWED_HOSTS = ["classifier.example.org"]
    one(configuration.first_password, "which everybody knows")


def test_passwords_that_can_be_tried_without_end(settings):
    settings.THROTTLE_ACCOUNT = []
    one(configuration.guessing, "without end")
