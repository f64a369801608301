from collections.abc import Iterator

import pytest
from django.db import connection

from predictions.similar import table


def forget() -> None:
    table.known.is_there, table.known.looked_at = False, float("-inf")


@pytest.fixture
def without_vectors(db: None) -> Iterator[None]:
    """A database that has no pgvector, as far as the service knows."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE similar_vector; DROP EXTENSION vector")
    forget()
    yield
    forget()
