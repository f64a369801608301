"""PostgreSQL and Valkey from their wheels, for one run of the tests.

A plugin (`-p tests.servers` in pyproject.toml), because Django reads its settings, and so the
addresses of these servers, before any conftest.py is loaded.
"""

import atexit
import os
import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

from classifier_site.embedded import Servers

data = Path(tempfile.mkdtemp(prefix="classifier-tests-"))
servers = Servers(data, durable=False)
running = ExitStack()
running.callback(shutil.rmtree, data, ignore_errors=True)
running.enter_context(servers.running())
atexit.register(running.close)
os.environ.update(
    servers.environment(),
    DJANGO_SETTINGS_MODULE="classifier_site.settings",
    CLASSIFIER_DATA=str(data),
    SECRET_KEY="only-for-tests-" + "x" * 40,
    HTTPS="0",
    CLASSIFIER_EMBEDDED_DATABASE="1",
    # Hundreds of tests come from one address; the tests of limits set their own.
    THROTTLE_LOGIN="",
    THROTTLE_SIGNUP="",
    THROTTLE_PREDICT="",
)
