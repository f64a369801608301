"""`doctor` finds backups that are missing, old or not complete."""

from datetime import timedelta

import pytest
from django.utils import timezone

from classifier_site.operations.backups.models import Backup
from classifier_site.operations.doctor import (
    backups,
)
from classifier_site.operations.doctor.findings import Severity
from predictions.models import Image
from tests.operations.doctor.finding import one

pytestmark = pytest.mark.django_db


def backed_up(**fields):
    usual = {"took": timedelta(seconds=9), "place": "/backups/1", "pictures": 3, "missing": 0}
    age = fields.pop("age")
    made_at = timezone.now() - age
    Backup.objects.create(made_at=made_at, size=3000, added=1000, **usual | fields)


def test_a_backup_that_is_too_old():
    backed_up(age=timedelta(days=5))
    found = one(backups.age, "5 days old", "/backups/1", severity=Severity.WARNING)
    assert "Backups" in found.do
    backed_up(age=timedelta(hours=20))
    assert list(backups.age()) == []


def test_a_service_that_was_never_backed_up(ask, user):
    ask(user, answered=False)
    assert list(backups.age()) == []
    Image.objects.update(created_at=timezone.now() - timedelta(days=3))
    one(backups.age, "No backup", severity=Severity.WARNING)


def test_a_backup_for_which_files_were_missing():
    backed_up(age=timedelta(hours=1), missing=2)
    one(backups.completeness, "2 files were missing", severity=Severity.WARNING)
