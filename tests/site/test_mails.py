import re
import time

import pytest
import requests

from tests.mailbox import Mailbox

RESET = "/accounts/password-reset"


@pytest.fixture
def mailbox():
    mailbox = Mailbox()
    yield mailbox
    mailbox.stop()


def test_the_web_process_sends_a_reset_mail(transactional_db, make_user, mailbox, serve):
    ada = make_user(password="correct horse")
    site = serve(EMAIL_HOST="127.0.0.1", EMAIL_PORT=str(mailbox.port), EMAIL_USE_TLS="0")
    browser = requests.Session()
    browser.get(site + RESET)
    form = {"email": ada.email, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}

    assert "Check your email" in browser.post(site + RESET, form).text

    deadline = time.monotonic() + 60
    while not mailbox.mails:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    text = mailbox.mails[0].content.decode()
    [path] = re.findall(rf"{site}(/accounts/password-reset/\S+)", text)
    assert "Choose a new password" in browser.get(site + path).text
