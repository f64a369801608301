"""What came from the replica is written to the primary.

Nothing is read from the replica but what is asked of it by name, and what belongs to such rows.
"""

from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model


class Router:
    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return True  # they are rows of the same database

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == DEFAULT_DB_ALIAS
