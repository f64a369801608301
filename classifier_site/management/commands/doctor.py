"""`manage.py doctor`: what is wrong with this installation, and what to do about it."""

import json
import logging
import shutil
import sys
from argparse import ArgumentTypeError
from collections.abc import Iterator
from itertools import groupby
from textwrap import fill
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from classifier_site.operations.doctor.checkup import GROUPS, Result, examine, worst
from classifier_site.operations.doctor.findings import Severity

# 2 is that of a wrong command line.
EXIT_STATUS = {None: 0, Severity.PROBLEM: 1, Severity.WARNING: 3}
MARKS = {Severity.PROBLEM: "PROBLEM", Severity.WARNING: "WARNING", Severity.NOTE: "note"}
WIDEST = 100


class Command(BaseCommand):
    help = (
        "Looks for what is wrong with this installation, and says what to do. Changes nothing "
        "without --fix. Exit status: 0 all is well, 1 there are problems, 3 only warnings."
    )
    requires_system_checks: list[str] = []  # they are among the checks

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "groups",
            nargs="*",
            type=known_group,
            metavar="GROUP",
            help=f"All unless told: {', '.join(GROUPS)}.",
        )
        parser.add_argument("--json", action="store_true", help="Say it in JSON.")
        parser.add_argument(
            "--fix",
            action="store_true",
            help="Repair what can be repaired without harm: put lost pictures back into their "
            "queues, make the extension and the table for similar pictures, keep others from "
            "reading secret_key.",
        )

    def handle(self, *, groups: list[str], fix: bool, **options: Any) -> None:
        logging.disable()  # what is logged on the way is among the findings
        try:
            results = examine(groups, fix=fix)
            done = self.as_json(results) if options["json"] else self.for_people(results)
        finally:
            logging.disable(logging.NOTSET)
        if status := EXIT_STATUS[worst(done)]:
            sys.exit(status)

    def as_json(self, results: Iterator[Result]) -> list[Result]:
        done = list(results)
        said = {
            "status": worst(done) or "ok",
            "checks": [
                {
                    "group": result.group,
                    "check": result.check,
                    "findings": [
                        {"severity": found.severity, "says": found.says, "do": found.do}
                        for found in result.findings
                    ],
                    "fixed": result.fixed,
                    "not_looked_at_without": result.without,
                }
                for result in done
            ],
        }
        self.stdout.write(json.dumps(said, indent=2, ensure_ascii=False))
        return done

    def for_people(self, results: Iterator[Result]) -> list[Result]:
        done = []
        for group, of_group in groupby(results, key=lambda result: result.group):
            found = list(of_group)
            done += found
            state = worst(found)
            skipped = [result for result in found if result.without]
            says = state or ("not looked at" if len(skipped) == len(found) else "ok")
            self.stdout.write(f"{group:<10}{self.coloured(state, says)}")
            for result in found:
                self.tell(result)
            if skipped:
                servers = " and ".join(sorted({name for each in skipped for name in each.without}))
                names = ", ".join(each.check for each in skipped)
                self.paragraph("note", str, f"Not looked at without {servers}: {names}.")
        findings = [finding.severity for result in done for finding in result.findings]
        problems, warnings = map(findings.count, (Severity.PROBLEM, Severity.WARNING))
        said = f"{counted(problems, 'problem')}, {counted(warnings, 'warning')}."
        self.stdout.write(self.coloured(worst(done), said if worst(done) else "Nothing is wrong."))
        return done

    def tell(self, result: Result) -> None:
        for sentence in result.fixed:
            self.paragraph("FIXED", self.style.SUCCESS, sentence)
        for finding in result.findings:
            style = {
                Severity.PROBLEM: self.style.ERROR,
                Severity.WARNING: self.style.WARNING,
                Severity.NOTE: str,
            }[finding.severity]
            self.paragraph(MARKS[finding.severity], style, finding.says)
            if finding.do:
                self.paragraph("", str, finding.do)

    def paragraph(self, mark: str, style: Any, text: str) -> None:
        """Indented under its group. Words are not broken: they can be commands to copy."""
        width = max(40, min(WIDEST, shutil.get_terminal_size().columns))
        lines = fill(
            text,
            width,
            initial_indent=" " * 10,
            subsequent_indent=" " * 10,
            break_long_words=False,
            break_on_hyphens=False,
        )
        self.stdout.write(style(f"  {mark:<8}") + lines[10:])

    def coloured(self, state: Severity | None, text: str) -> str:
        styles = {Severity.PROBLEM: self.style.ERROR, Severity.WARNING: self.style.WARNING}
        style = styles.get(state, self.style.SUCCESS) if state else self.style.SUCCESS
        return str(style(text))


def known_group(text: str) -> str:
    if text not in GROUPS:
        raise ArgumentTypeError(f"unknown group {text!r}; choose from {', '.join(GROUPS)}")
    return text


def counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
