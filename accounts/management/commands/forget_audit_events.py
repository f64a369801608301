"""For operators whom a law obliges to forget: run it by cron, say once a month."""

import argparse
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import KEPT_DAYS, AuditEvent


def days(text: str) -> int:
    """Raises ArgumentTypeError: these events are kept by the database's trigger."""
    number = int(text)
    if number < KEPT_DAYS:
        raise argparse.ArgumentTypeError(f"must be {KEPT_DAYS} or more")
    return number


class Command(BaseCommand):
    help = "Delete old events of the audit log. The newest 30 days stay in any case."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--older-than-days", type=days, required=True, metavar="N")

    @transaction.atomic
    def handle(self, *args: Any, older_than_days: int, **options: Any) -> None:
        oldest = timezone.now() - timedelta(days=older_than_days)
        # A minute more, should the database's clock, which decides, be behind this machine's.
        old = AuditEvent.objects.filter(created_at__lt=oldest - timedelta(minutes=1))
        number, _ = old.delete()
        detail = {"older than days": older_than_days, "events": number}
        audit.record(audit.Action.EVENTS_FORGOTTEN, detail=detail)
        self.stdout.write(f"{number} events deleted.")
