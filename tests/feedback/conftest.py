import pytest
from django.core.management import call_command


@pytest.fixture(autouse=True, params=["one_table", "by_month"])
def form(request, db):
    """All that feedback does, it does in both forms of its table."""
    if request.param == "by_month":
        call_command("partition_feedback", stdout=None)
