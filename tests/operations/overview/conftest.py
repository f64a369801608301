from datetime import UTC

import pytest
from django.utils import timezone


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    """It is noon all the while: no day ends between two lines of a test."""
    now = timezone.now().astimezone(UTC).replace(hour=12, minute=0, second=0)
    monkeypatch.setattr(timezone, "now", lambda: now)
