import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.operations.backups.installation import Installation
from tests.servers import servers


@pytest.fixture(scope="module")
def installation(tmp_path_factory: Any, prepared_models: Path) -> Iterator[Installation]:
    """A service of its own, not started."""
    ours = Installation(tmp_path_factory.mktemp("installation"), prepared_models)
    ours.create()
    yield ours
    ours.destroy()


@pytest.fixture(autouse=True)
def own_servers(settings: Any) -> None:
    """The database is that of the tests, which no command starts or stops; no picture is there."""
    settings.EMBEDDED_DATABASE = False
    assert settings.MEDIA_ROOT.is_relative_to(servers.data)
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
