import json
import stat

import pyotp
import pytest

from accounts import second_factor, tokens
from accounts.models import Authenticator
from classifier_client.commands.kept import with_scheme
from tests.client.conftest import PASSWORD, Classify, photographs


def kept(classify):
    return json.loads((classify.kept / "account.json").read_text())


def test_the_tokens_are_kept_for_this_person_alone(signed_in, live_server, person):
    file = signed_in.kept / "account.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert PASSWORD not in file.read_text()
    assert kept(signed_in)["site"] == live_server.url
    assert kept(signed_in)["email"] == person.email


def test_a_wrong_password_is_said_and_keeps_nobody_signed_in(classify, live_server, person):
    status, out, err = classify("login", live_server.url, "-e", person.email, types="wrong\n")
    assert (status, out) == (3, "")
    assert err.startswith("Incorrect email or password.")
    assert not (classify.kept / "account.json").exists()


def test_an_expired_token_is_renewed_once_for_all_threads(worker, signed_in, tmp_path):
    photographs(tmp_path / "photographs", 8)
    account = kept(signed_in)
    file = signed_in.kept / "account.json"
    file.write_text(json.dumps(account | {"access": account["access"][:-8] + "expired-"}))

    status, _, err = signed_in(tmp_path / "photographs", "--jobs", 8)

    assert (status, err) == (0, "")
    assert kept(signed_in)["refresh"] != account["refresh"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert signed_in("history")[0] == 0  # which it would not be, had one been used twice


def test_signing_out_revokes_the_tokens_and_forgets_them(signed_in, classify):
    account = kept(signed_in)
    assert signed_in("logout")[0] == 0
    assert not (classify.kept / "account.json").exists()
    status, _, err = classify("history")
    assert (status, err) == (3, "Nobody is signed in. Run: classify login ADDRESS\n")

    (classify.kept / "account.json").write_text(json.dumps(account))
    status, _, err = classify("history")
    assert status == 3
    assert "Sign in again: classify login" in err


def test_scripts_use_an_api_token(live_server, user, tmp_path):
    token = tokens.issue(user, "script", ["read"])
    classify = Classify(tmp_path, CLASSIFY_SITE=live_server.url, CLASSIFY_TOKEN=token)
    assert classify("history", "--format", "json")[:2] == (0, "[]\n")
    assert not classify.kept.exists()


def test_an_api_token_signs_in(live_server, user, classify):
    token = tokens.issue(user, "laptop", ["read"])
    assert classify("login", live_server.url, "--token", types=f"{token}\n")[0] == 0
    assert classify("history")[0] == 0
    assert classify("login", live_server.url, "--token", types="wrong\n")[0] == 3


def test_the_code_of_a_second_factor_is_asked_for(classify, live_server, person):
    app = pyotp.TOTP(second_factor.new_secret())
    second_factor.set_up_app(person, app.secret, app.now())
    Authenticator.objects.update(last_step=0)  # what the app shows now is still to be used
    typed = f"{PASSWORD}\n{app.now()}\n"
    status, _, err = classify("login", live_server.url, "-e", person.email, types=typed)
    assert (status, "two-factor sign-in" in err) == (0, True)
    assert classify("history")[0] == 0


@pytest.mark.parametrize(
    ("said", "site"),
    [
        ("pictures.example", "https://pictures.example"),
        ("pictures.example/", "https://pictures.example"),
        ("http://pictures.example", "http://pictures.example"),
        ("localhost:8000", "http://localhost:8000"),
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("localhost.example", "https://localhost.example"),
    ],
)
def test_passwords_go_over_https_unless_told_otherwise(said, site):
    assert with_scheme(said) == site
