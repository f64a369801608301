"""Statements that PostgreSQL parses and plans once for each connection.

For the few that every picture needs, parsing and planning take as long as running them.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.db import DatabaseError
from django.db.backends.utils import CursorWrapper
from psycopg2.errors import DuplicatePreparedStatement, FeatureNotSupported, InvalidSqlStatementName

# For one with an array, PostgreSQL expects that a plan for just these few is cheaper than one for
# any number, and would plan it each time. Goes `before` it.
PLANNED_ONCE = "SET LOCAL plan_cache_mode TO force_generic_plan;"


class Prepared:
    """SQL with parameters as `%(name)s`, cast where PostgreSQL cannot tell their types.

    Must run outside a transaction: behind a pooler the first attempt can fail and would abort it.
    before: statements that belong to it, such as SET LOCAL.
    """

    def __init__(self, name: str, sql: str, before: str = "") -> None:
        parameters = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", sql)))
        numbered = sql % {parameter: f"${n}" for n, parameter in enumerate(parameters, 1)}
        values = ", ".join(f"%({parameter})s" for parameter in parameters)
        # The name includes a hash of the text: behind a pooler, connections outlive the code that
        # prepared it.
        name = f"{name}_{sha256(sql.encode()).hexdigest()[:8]}"
        self.name = name
        self.unprepared = f"{before} {sql}"
        self.preparation = f"PREPARE {name} AS {numbered};"
        self.execution = f"{before} EXECUTE {name} ({values})"

    def execute(self, cursor: CursorWrapper, values: Mapping[str, Any]) -> None:
        """Runs it; the first time on a connection it is prepared in the same round trip."""
        prepared: set[str] = cursor.db.prepared
        known = self.name in prepared
        try:
            cursor.execute(self.execution if known else self.preparation + self.execution, values)
            prepared.add(self.name)
        except DatabaseError as error:
            # A pooler uses its own connections, and not always the same one.
            if isinstance(error.__cause__, DuplicatePreparedStatement):
                prepared.add(self.name)
            elif isinstance(error.__cause__, InvalidSqlStatementName):
                prepared.discard(self.name)
            # A migration has changed the type of a column: "cached plan must not change".
            elif isinstance(error.__cause__, FeatureNotSupported) and known:
                prepared.discard(self.name)
                cursor.execute(f"DEALLOCATE {self.name}")
            else:
                raise
            cursor.execute(self.unprepared, values)
