"""Long results are read some rows at a time, without cursors that outlive a transaction."""

import pytest
from django.db import connection, transaction

from accounts.models import User
from foundation.postgresql.windows import in_windows


@pytest.fixture
def people(make_user):
    return [make_user(f"{name}@example.com") for name in "dcbae"]


def test_all_rows_come_in_their_order(people, django_assert_num_queries):
    with django_assert_num_queries(1 + 3):
        found = [user.username for user in in_windows(User.objects.order_by("-username"), 2)]
    assert found == ["e", "d", "c", "b", "a"]


def test_rows_that_are_deleted_meanwhile_are_left_out(people):
    rows = in_windows(User.objects.order_by("username"), 2)
    assert next(rows).username == "a"
    User.objects.filter(username__in="cd").delete()
    assert [user.username for user in rows] == ["b", "e"]


@pytest.mark.django_db(transaction=True)
def test_a_cursor_of_the_servers_never_outlives_its_transaction(people):
    def cursors() -> list[tuple[bool]]:
        with connection.cursor() as asked:
            asked.execute("SELECT is_holdable FROM pg_cursors WHERE name LIKE '_django_curs%'")
            return asked.fetchall()

    rows = User.objects.iterator(2)
    next(rows)
    assert cursors() == []
    with transaction.atomic():
        rows = User.objects.iterator(2)
        next(rows)
        assert cursors() == [(False,)]
        rows.close()
