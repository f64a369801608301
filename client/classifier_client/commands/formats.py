"""Results as a table, as JSON or as CSV."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How results are written.")]
Rows = Sequence[Mapping[str, Any]]


def write(rows: Rows, columns: Mapping[str, str], form: Format) -> None:
    """To stdout. columns: the keys that a table shows, with their headings; CSV has them, too.

    JSON has all there is.
    """
    if form == Format.JSON:
        json.dump(rows, sys.stdout, indent=2, ensure_ascii=False)
        sys.stdout.write("\n")
    elif form == Format.CSV:
        write_csv(rows, list(columns))
    elif rows:
        write_table(rows, columns)


def write_csv(rows: Rows, keys: Sequence[str]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(keys)
    writer.writerows([plain(row.get(key)) for key in keys] for row in rows)


def plain(value: Any) -> str:
    """Spreadsheets take what begins with these characters for a formula (OWASP, CSV injection)."""
    text = words(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def write_table(rows: Rows, columns: Mapping[str, str]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(shown(row.get(key)) for key in columns))
    Console().print(table)


def shown(value: Any) -> Text:
    """Scores are shares of 1; control characters in the names of files move no cursor."""
    if isinstance(value, float):
        return Text(f"{value:.1%}")
    return Text("".join(each if each.isprintable() else "�" for each in words(value)))


def words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
