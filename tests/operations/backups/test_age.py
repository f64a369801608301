"""`classifier_backup_age_seconds` is there from the first backup on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from classifier_site.operations.backups.models import Backup

NAME = "classifier_backup_age_seconds"


@pytest.fixture
def age(anonymous, db):
    """What /metrics says."""

    def age():
        said = ""
        while "postgres_active_connections" not in said:  # it waits a second for the database
            said = anonymous.get("/metrics").content.decode()
        lines = said.splitlines()
        found = [float(line.split()[1]) for line in lines if line.startswith(f"{NAME} ")]
        return found[0] if found else None

    return age


@pytest.mark.django_db(transaction=True)
def test_the_metric_is_the_age_of_the_latest_backup(age):
    assert age() is None
    for hours in (2, 50):
        Backup.objects.create(
            made_at=timezone.now() - timedelta(hours=hours),
            took=timedelta(seconds=9),
            place="/backups/snapshots/20261130T021500Z",
            pictures=3,
            missing=0,
            size=3000,
            added=1000,
        )
    assert age() == pytest.approx(2 * 3600, abs=60)
