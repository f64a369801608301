"""All checks, each for itself: with a time limit, and whatever happens in another one."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Thread

from django.db import connection

from classifier_site.operations.doctor import (
    backups,
    bucket,
    configuration,
    database,
    mail,
    models,
    others,
    proxy,
    redis,
    storage,
    workers,
)
from classifier_site.operations.doctor.findings import (
    Check,
    Finding,
    Severity,
    problem,
    reason,
)
from classifier_site.operations.doctor.servers import SERVERS

GROUPS: dict[str, Sequence[Check]] = {
    "settings": configuration.CHECKS,
    "database": database.CHECKS,
    "redis": redis.CHECKS,
    "storage": [*storage.CHECKS, *bucket.CHECKS],
    "workers": workers.CHECKS,
    "models": models.CHECKS,
    "backups": backups.CHECKS,
    "mail": mail.CHECKS,
    "proxy": proxy.CHECKS,
    "others": others.CHECKS,
}
# For one check. Servers that hang are given up on sooner, where they are asked.
SECONDS = 20


@dataclass(frozen=True)
class Result:
    """What came of one check, and what was repaired.

    without: the servers for want of which it was not made.
    """

    group: str
    check: str
    findings: list[Finding] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)
    without: tuple[str, ...] = ()


def examine(groups: Sequence[str] = (), *, fix: bool = False) -> Iterator[Result]:
    """Each check's result when it is there; of all groups unless some are named.

    The servers are always asked: what needs one that does not answer is not looked at.
    """
    lost = set()
    for name, check in SERVERS.items():
        result = within_time("servers", check, fix=fix)
        if result.findings:
            lost.add(name)
        yield result
    for group in groups or GROUPS:
        for check in GROUPS[group]:
            if missing := lost.intersection(check.needs):
                yield Result(group, check.name, without=tuple(sorted(missing)))
            else:
                yield within_time(group, check, fix=fix)


def within_time(group: str, check: Check, *, fix: bool) -> Result:
    found: list[tuple[list[Finding], list[str]]] = []

    def ask() -> None:
        try:
            found.append(looked_at(check, fix=fix))
        finally:
            connection.close()  # this thread's own

    thread = Thread(target=ask, daemon=True)
    thread.start()
    thread.join(SECONDS)
    if not found:
        says = f"This check did not end within {SECONDS} seconds: {check.name}."
        do = "What it asks hangs, or this machine is too busy."
        return Result(group, check.name, [problem(says, do)])
    return Result(group, check.name, *found[0])


def looked_at(check: Check, *, fix: bool) -> tuple[list[Finding], list[str]]:
    """What it finds, or what still, and what was repaired before."""
    findings = findings_of(check)
    fixes = [finding.fix for finding in findings if fix and finding.fix]
    if not fixes:
        return findings, []
    fixed = [repaired(fix) for fix in fixes]
    return findings_of(check), fixed


def findings_of(check: Check) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(check.look())
    except Exception as error:  # it must not keep the others from being asked
        says = f"This check failed ({check.name}): {type(error).__name__}: {reason(error)}"
        found.append(problem(says, "See the other findings; this may be why, or run it again."))
    return found


def repaired(fix: Callable[[], str]) -> str:
    try:
        return fix()
    except Exception as error:
        return f"It could not be repaired: {reason(error)}"


def worst(results: Sequence[Result]) -> Severity | None:
    """None if all is well, as far as it was looked at."""
    found = {finding.severity for result in results for finding in result.findings}
    return next((each for each in (Severity.PROBLEM, Severity.WARNING) if each in found), None)
