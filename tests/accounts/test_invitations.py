import re
from datetime import timedelta
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts import outbox, signup
from accounts.invitations import Invitation
from accounts.inviting import invite
from accounts.models import OutgoingMail, User

pytestmark = pytest.mark.django_db
SITE = "https://classifier.example.org"
GRACE = {"email": "grace@example.com", "username": "Grace", "password": "correct horse"}
PAGE = "/accounts/signup"


@pytest.fixture(autouse=True)
def by_invitation(settings):
    settings.SIGNUP = "invite"
    settings.SITE_URL = SITE


@pytest.fixture
def post(anonymous):
    return lambda **fields: anonymous.post("/users", GRACE | fields)


def refusal(detail):
    return {"detail": detail, "code": "not_invited"}


def code_in(link):
    address = urlsplit(link)
    assert f"{address.scheme}://{address.netloc}{address.path}" == SITE + PAGE
    return parse_qs(address.query)["invitation"][0]


def code_of(**options):
    return code_in(invite(site=SITE, **options).link)


def command(*arguments):
    out, err = StringIO(), StringIO()
    call_command("invite", *arguments, stdout=out, stderr=err)
    return out.getvalue().strip(), err.getvalue()


def test_the_api_takes_an_invitation_once(post, logged):
    code = code_of()
    assert post(invitation=code).status_code == 201
    again = post(invitation=code, email="other@example.com")
    assert (again.status_code, again.json()) == (403, refusal(signup.UNUSABLE))
    assert [user.email for user in User.objects.all()] == ["grace@example.com"]
    assert Invitation.objects.get().used_at
    assert len(logged("invited")) == 1


@pytest.mark.parametrize("fields", [{}, {"invitation": ""}])
def test_the_api_says_that_it_takes_one(post, make_user, fields):
    make_user("grace@example.com")
    refused = post(**fields)  # and not that this email is registered
    assert (refused.status_code, refused.json()) == (403, refusal(signup.NEEDED))


@pytest.mark.parametrize("wrong", ["nonsense", "é\0", {"a": 1}])
def test_unknown_codes_are_refused(post, wrong):
    refused = post(invitation=wrong)
    assert (refused.status_code, refused.json()) == (403, refusal(signup.UNUSABLE))


def test_expired_and_deleted_ones_are_refused(post):
    code = code_of()
    Invitation.objects.update(expires_at=timezone.now())
    assert post(invitation=code).json() == refusal(signup.UNUSABLE)
    code = code_of()
    Invitation.objects.all().delete()
    assert post(invitation=code).json() == refusal(signup.UNUSABLE)
    assert not User.objects.exists()


def test_one_for_an_email_is_for_that_alone_and_is_not_used_up_by_others(post):
    code = code_of(email="Grace@Example.com")
    refused = post(invitation=code, email="eve@example.com")
    assert (refused.status_code, refused.json()) == (403, refusal(signup.FOR_ANOTHER))
    assert post(invitation=code).status_code == 201


def test_of_two_at_the_same_moment_one_is_admitted():
    code = code_of()
    both = [signup.invitation_for(code) for _ in range(2)]
    signup.use(both[0], "grace@example.com")
    with pytest.raises(signup.NotAdmitted):
        signup.use(both[1], "eve@example.com")


def test_a_failed_sign_up_uses_none_up(post):
    code = code_of()
    assert post(invitation=code, password="short").status_code == 400
    assert post(invitation=code).status_code == 201


def test_the_database_has_no_code():
    code = code_of()
    assert code not in str(list(Invitation.objects.values()))


def test_the_link_leads_to_a_form_that_is_filled_in(client):
    link = invite("grace@example.com", site=SITE).link
    path = link.removeprefix(SITE)
    shown = client.get(path).content.decode()
    assert f'value="{code_in(link)}"' in shown and 'value="grace@example.com"' in shown
    made = client.post(path, GRACE | {"invitation": code_in(link)})
    assert made["Location"] == "/"
    assert client.get("/history").status_code == 200


def test_the_page_says_what_is_wrong(client, make_user):
    make_user("grace@example.com")
    for code, why in (("", signup.NEEDED), ("nonsense", signup.UNUSABLE)):
        shown = client.post(PAGE, GRACE | {"invitation": code}).content.decode()
        assert why in shown and "already registered" not in shown
    other = code_of(email="eve@example.com")
    shown = client.post(PAGE, GRACE | {"invitation": other, "email": "new@example.com"})
    assert signup.FOR_ANOTHER in shown.content.decode()
    assert User.objects.count() == 1


def test_the_command_prints_a_link(post):
    link, said = command()
    assert said == ""
    assert post(invitation=code_in(link)).status_code == 201


def test_the_command_says_what_is_missing(settings):
    settings.SITE_URL, settings.SIGNUP = "", "open"
    link, said = command("--days", "2")
    assert link.startswith(f"{PAGE}?invitation=")
    assert "SITE_URL" in said and "SIGNUP is open" in said
    left = Invitation.objects.get().expires_at - timezone.now()
    assert timedelta(days=1, hours=23) < left <= timedelta(days=2)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["nonsense"], "valid email"),
        (["ada@example.com"], "already registered"),
        (["--days", "0"], "from 1 to 365"),
    ],
)
def test_the_command_refuses_in_one_sentence(arguments, why, user):
    with pytest.raises(CommandError, match=why):
        command(*arguments)
    assert not Invitation.objects.exists()


def test_with_a_mail_server_it_goes_by_mail_and_its_code_is_nowhere_else(
    settings, mailoutbox, post
):
    settings.EMAIL_HOST = "mail.example.org"
    said, _ = command("grace@example.com")
    assert said == "A mail to grace@example.com is on its way."
    waiting = str(list(OutgoingMail.objects.values()))
    assert outbox.send_next()
    [mail] = mailoutbox
    assert mail.to == ["grace@example.com"]
    assert mail.subject == "Your invitation to classifier.example.org"
    [link] = re.findall(r"https://\S+", mail.body)
    assert code_in(link) not in waiting
    assert post(invitation=code_in(link)).status_code == 201


def test_a_deleted_invitation_is_not_mailed(settings, mailoutbox):
    settings.EMAIL_HOST = "mail.example.org"
    command("grace@example.com")
    Invitation.objects.all().delete()
    assert outbox.send_next()
    assert mailoutbox == []


def test_a_new_one_for_the_same_email_replaces_the_old(post):
    first, second = (code_of(email="grace@example.com") for _ in range(2))
    assert post(invitation=first).status_code == 403
    assert post(invitation=second).status_code == 201


def test_staff_make_them_in_the_admin_and_see_the_link_once(page_for, staff_with, post, logged):
    clerk = staff_with("accounts.add_invitation", "accounts.view_invitation")
    desk = page_for(clerk)
    expires = timezone.now() + timedelta(days=3)
    form = {
        "email": "",
        "expires_at_0": f"{expires:%Y-%m-%d}",
        "expires_at_1": f"{expires:%H:%M:%S}",
    }
    shown = desk.post("/admin/accounts/invitation/add/", form, follow=True).content.decode()
    code = re.search(r"invitation=([\w-]+)", shown)[1]
    assert code not in desk.get("/admin/accounts/invitation/").content.decode()
    assert post(invitation=code).status_code == 201
    [event] = logged("invited")
    assert event.actor_id == clerk.pk


def test_the_admin_refuses_what_makes_no_sense(page_for, staff, user):
    desk = page_for(staff)
    form = {"email": user.email, "expires_at_0": "2020-01-01", "expires_at_1": "00:00"}
    shown = desk.post("/admin/accounts/invitation/add/", form).content.decode()
    assert "already registered" in shown and "This time is over." in shown
    assert not Invitation.objects.exists()


def test_closed_means_nobody_and_no_page_offers_it(settings, post, client):
    code = code_of()
    settings.SIGNUP = "closed"
    refused = post(invitation=code)
    assert (refused.status_code, refused.json()) == (403, refusal(signup.CLOSED))
    for answer in (client.get(PAGE), client.post(PAGE, GRACE | {"invitation": code})):
        assert answer.status_code == 403 and signup.CLOSED in answer.content.decode()
    for path in ("/", "/accounts/login"):
        assert PAGE not in client.get(path).content.decode()
    assert not User.objects.exists()


def test_open_means_everybody_and_no_page_asks_for_an_invitation(settings, client):
    settings.SIGNUP = "open"
    assert 'name="invitation"' not in client.get(PAGE).content.decode()
    assert PAGE in client.get("/").content.decode()
    assert client.post(PAGE, GRACE)["Location"] == "/"
