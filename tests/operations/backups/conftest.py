from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.operations.backups.installation import Installation


@pytest.fixture(scope="module")
def installation(tmp_path_factory: Any, prepared_models: Path) -> Iterator[Installation]:
    """A service of its own, not started."""
    ours = Installation(tmp_path_factory.mktemp("installation"), prepared_models)
    ours.create()
    yield ours
    ours.destroy()
