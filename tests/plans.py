"""What PostgreSQL reads for a statement."""

from collections.abc import Container

from django.db import connection


def rows_read(statement: str, tables: Container[str]) -> int:
    """The most rows that one step of it reads from one of these tables or an index."""
    if not statement.startswith(("SELECT", "WITH")):
        return 0
    with connection.cursor() as cursor:
        # They are so few that reading all takes no longer; a scan of an index is counted as well.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}")
        [[[plan]]] = cursor.fetchall()
        cursor.execute("RESET enable_seqscan")
    steps = [plan["Plan"]]
    most = 0
    for step in steps:
        for below in step.get("Plans", []):
            if below["Node Type"].startswith("Bitmap"):  # a scan of an index names no table
                below.setdefault("Relation Name", step.get("Relation Name"))
            steps.append(below)
        if step.get("Relation Name") in tables:
            left = step.get("Rows Removed by Filter", 0) + step.get(
                "Rows Removed by Index Recheck", 0
            )
            most = max(most, round((step["Actual Rows"] + left) * step["Actual Loops"]))
    return most
