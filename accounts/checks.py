"""Accounts from before one address was one account, told by `manage.py migrate` and `check`."""

from collections import defaultdict
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import connection

from accounts.models import IN_UNICODE, User


@register(Tags.database)
def mailboxes_are_not_shared(databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    if "default" not in (databases or ()):
        return []
    if User._meta.db_table not in connection.introspection.table_names():
        return []  # it is about to be created
    mailboxes: dict[str, set[int]] = defaultdict(set)
    for user in User.objects.filter(IN_UNICODE).only("email"):
        usual = User.normalise_email(user.email)
        mailboxes[usual] |= {each.pk for each in User.objects.with_email(usual)}
    return [
        Warning(
            f"{len(people)} accounts share the mailbox {email}: their ids are "
            f"{', '.join(map(str, sorted(people)))}.",
            hint="Each still signs in with its own password. Ask their owner which one to keep, "
            "and delete the others in the admin or give them another email.",
            id="accounts.W001",
        )
        for email, people in mailboxes.items()
        if len(people) > 1
    ]
