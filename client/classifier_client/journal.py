"""What an interrupted run has sent, so that the next one goes on from there.

A picture is noted before it is sent, and its answer as soon as it is there. One that has no answer
may or may not have reached the service: whoever goes on asks it.
"""

import json
import sqlite3
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from classifier_client.records import Prediction

KEPT = 30 * 24 * 3600  # seconds
SCHEMA = """
    CREATE TABLE IF NOT EXISTS pictures (
        run TEXT, sha256 TEXT, sent_at REAL NOT NULL, prediction TEXT,
        PRIMARY KEY (run, sha256)
    ) WITHOUT ROWID
"""


@dataclass(frozen=True)
class Entry:
    """sent_at: by the service's clock, seconds since 1970. prediction: None: no answer came."""

    sent_at: float
    prediction: Prediction | None


class Journal:
    """Of one kind of run: the same service, person and classifier. Threads may share it."""

    def __init__(self, file: Path, *run: str) -> None:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.run = json.dumps(run)
        self.lock = Lock()
        self.database = sqlite3.connect(
            file, timeout=30, isolation_level=None, check_same_thread=False
        )
        # Survives the end of this process at any moment, which is what it is for; not that of the
        # machine, for which each picture would wait for the disk.
        self.database.execute("PRAGMA journal_mode=WAL")
        self.database.execute("PRAGMA synchronous=NORMAL")
        self.database.execute(SCHEMA)
        self.execute("DELETE FROM pictures WHERE sent_at < ?", time.time() - KEPT)

    def execute(self, statement: str, *values: str | float | None) -> list[tuple[float, str]]:
        with self.lock:
            return self.database.execute(statement, values).fetchall()

    def find(self, sha256: str) -> Entry | None:
        rows = self.execute(
            "SELECT sent_at, prediction FROM pictures WHERE run = ? AND sha256 = ?",
            *(self.run, sha256),
        )
        for sent_at, kept in rows:
            return Entry(sent_at, Prediction.from_dict(json.loads(kept)) if kept else None)
        return None

    def note(self, sha256: str, sent_at: float, prediction: Prediction | None = None) -> None:
        kept = json.dumps(prediction.as_dict()) if prediction else None
        self.execute(
            "INSERT OR REPLACE INTO pictures VALUES (?, ?, ?, ?)",
            *(self.run, sha256, sent_at, kept),
        )

    def forget(self, pictures: Collection[str]) -> None:
        """These, by their SHA-256."""
        with self.lock:
            self.database.execute("BEGIN")
            self.database.executemany(
                "DELETE FROM pictures WHERE run = ? AND sha256 = ?",
                [(self.run, sha256) for sha256 in pictures],
            )
            self.database.execute("COMMIT")

    def forget_all(self) -> None:
        self.execute("DELETE FROM pictures WHERE run = ?", self.run)

    def close(self) -> None:
        self.database.close()
