"""How the tables are emptied after a test that commits."""

from collections.abc import Sequence
from typing import Any

# What migrations have filled stays as it is: the site's processes keep the ids that they have read.
KEPT = {
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
}


def sql_flush(_self: Any, _style: Any, tables: Sequence[str], **_options: bool) -> list[str]:
    """In place of Django's, whose TRUNCATE takes ten times as long and waits for readers, too.

    Whoever is writing is still waited for. Triggers do not run: the audit log's would refuse.
    """
    emptied = [table for table in tables if table.strip('"') not in KEPT]
    return [
        "; ".join(
            [
                "SET LOCAL session_replication_role = replica",
                f"LOCK TABLE {', '.join(emptied)} IN SHARE ROW EXCLUSIVE MODE",
                *(f"DELETE FROM {table}" for table in emptied),
            ]
        )
    ]
