"""The embedded database runs while `manage.py up` does; for these commands also without it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from classifier_site import environment
from classifier_site.one_machine import data_folder
from classifier_site.one_machine.servers import Servers


@contextmanager
def database_at_hand() -> Iterator[None]:
    """Starts the embedded database for a `with` block, unless it runs. Raises StartError."""
    servers = Servers.of(environment.process)
    if not settings.EMBEDDED_DATABASE or servers.ready():
        yield
        return
    only_database = Servers(servers.data, valkey=False)
    with data_folder.lock(servers.data, patience=0), only_database.running():
        try:
            yield
        finally:
            connection.close()
