"""`manage.py status`: how the service is, once or all the time."""

import json
import logging
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder

from classifier_site.operations.status.lines import clipped, lines
from classifier_site.operations.status.snapshot import Snapshot, add_rates, take

INTERVAL = 2.0  # seconds between two looks
FIRST_INTERVAL = 1.0  # between the two that give images a second
# ECMA-48, and xterm's other screen, so that what was there comes back.
ENTER, LEAVE = "\033[?1049h\033[?25l", "\033[?25h\033[?1049l"
HOME, END_OF_LINE, BELOW = "\033[H", "\033[K", "\033[J"


class Command(BaseCommand):
    help = (
        "Shows servers, queues, workers with images a second, models, disk, backup and the last "
        "errors. `manage.py doctor` says what is wrong and what to do."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--watch", action="store_true", help=f"Again each {INTERVAL:g} seconds, until Ctrl-C."
        )
        parser.add_argument("--json", action="store_true", help="A JSON object a look.")

    def handle(self, *, watch: bool, **options: Any) -> None:
        logging.disable()  # that a server does not answer is said, and not on top of it
        try:
            if watch:
                self.watch(as_json=options["json"])
            else:
                self.show(next(snapshots(FIRST_INTERVAL)), as_json=options["json"])
        finally:
            logging.disable(logging.NOTSET)

    def show(self, now: Snapshot, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(asdict(now), cls=DjangoJSONEncoder, ensure_ascii=False))
            return
        self.stdout.write("\n".join(lines(now, shutil.get_terminal_size().columns)))

    def watch(self, *, as_json: bool) -> None:
        try:
            if as_json or not self.stdout.isatty():
                for now in snapshots(INTERVAL):
                    self.show(now, as_json=as_json)
                    self.stdout.flush()
                return
            with self.other_screen():
                for now in snapshots(INTERVAL):
                    self.redraw(now)
        except KeyboardInterrupt:
            pass

    def redraw(self, now: Snapshot) -> None:
        """Over what is there, so that nothing flickers; without what a low terminal cannot hold."""
        columns, rows = shutil.get_terminal_size()
        shown = lines(now, columns)[: rows - 1]
        shown.append(clipped(f"Every {INTERVAL:g} seconds; Ctrl-C ends.", columns))
        self.stdout.write(HOME + f"{END_OF_LINE}\n".join(shown) + END_OF_LINE + BELOW, ending="")
        self.stdout.flush()

    @contextmanager
    def other_screen(self) -> Iterator[None]:
        self.stdout.write(ENTER, ending="")
        try:
            yield
        finally:
            self.stdout.write(LEAVE, ending="")
            self.stdout.flush()


def snapshots(interval: float) -> Iterator[Snapshot]:
    """For ever, each with rates since the one before; the first comes after FIRST_INTERVAL."""
    before = take()
    time.sleep(FIRST_INTERVAL)
    while True:
        now = take()
        add_rates(now, before)
        yield now
        before = now
        time.sleep(interval)
