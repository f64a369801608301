"""The labels of a data set as CSV and as Parquet, written while its pictures are."""

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import pyarrow
from pyarrow import parquet

from learning.data_sets.layout import Row
from predictions.pages.export import harmless

ROWS_AT_ONCE = 5_000  # of Parquet, held in memory

SCHEMA = pyarrow.schema(
    [
        ("file", pyarrow.string()),
        ("sha256", pyarrow.string()),
        ("split", pyarrow.string()),
        ("class_key", pyarrow.string()),
        ("label", pyarrow.string()),
        ("verdict", pyarrow.string()),
        ("decided_at", pyarrow.timestamp("us", tz="UTC")),
        ("random_sample", pyarrow.bool_()),
        ("answer_key", pyarrow.string()),
        ("answer_label", pyarrow.string()),
        ("answer_score", pyarrow.float64()),
        ("model", pyarrow.string()),
        ("model_version", pyarrow.string()),
        ("width", pyarrow.int32()),
        ("height", pyarrow.int32()),
    ]
)


class Tables:
    def __init__(self, csv_file: IO[bytes], parquet_file: IO[bytes]) -> None:
        self.csv_file, self.parquet_file = csv_file, parquet_file
        self.text = io.TextIOWrapper(csv_file, "utf-8", newline="")
        self.csv = csv.writer(self.text)
        self.csv.writerow(Row._fields)
        self.parquet = parquet.ParquetWriter(parquet_file, SCHEMA)
        self.rows: list[Row] = []

    def add(self, row: Row) -> None:
        # Names of classes are whatever somebody wrote.
        safe = row._replace(label=harmless(row.label), answer_label=harmless(row.answer_label))
        self.csv.writerow(safe)
        self.rows.append(row)
        if len(self.rows) == ROWS_AT_ONCE:
            self.write_rows()

    def write_rows(self) -> None:
        rows = [row._asdict() for row in self.rows]
        self.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=SCHEMA))
        self.rows.clear()

    def finish(self) -> None:
        """Both files are complete then, and at their beginnings."""
        if self.rows:
            self.write_rows()
        self.parquet.close()
        self.text.flush()
        self.text.detach()
        self.csv_file.seek(0)
        self.parquet_file.seek(0)


@contextmanager
def tables_in(folder: Path) -> Iterator[Tables]:
    """Their files are gone at the end: the ZIP has copies."""
    with TemporaryFile(dir=folder) as csv_file, TemporaryFile(dir=folder) as parquet_file:
        yield Tables(csv_file, parquet_file)
