"""What `manage.py` adds to the environment where it names no servers: the embedded ones."""

import sys
from collections.abc import MutableMapping

from classifier_site.one_machine import data_folder
from classifier_site.one_machine.servers import Servers


def complete_environment(environ: MutableMapping[str, str], *, create: bool) -> None:
    """Sets the embedded servers' addresses if the environment has none.

    `up` and `restore` create what they need; other commands (create=False) only find what an `up`
    has created, so that a shell beside it works and a deployment without DATABASE_URL still refuses
    to start.
    """
    data = data_folder.locate(environ)
    servers = Servers(data)
    if create:
        data_folder.make(data)
        environ["CLASSIFIER_DATA"] = str(data)
        environ.pop("CLASSIFIER_EMBEDDED_DATABASE", None)
        environ["LOG_FORMAT"] = environ.get("LOG_FORMAT") or "console"
        environ["CLASSIFIER_LOG_COLOURS"] = str(int(sys.stdout.isatty()))
    embedded = not environ.get("DATABASE_URL")
    if embedded:
        key = data_folder.secret_key(data, create=create)
        if key is None:
            return
        environ.update(DATABASE_URL=servers.database_url, CLASSIFIER_EMBEDDED_DATABASE="1")
        environ["SECRET_KEY"] = environ.get("SECRET_KEY") or key
        environ["HTTPS"] = environ.get("HTTPS") or "0"
    if not environ.get("REDIS_URL") and (create or embedded or (data / "valkey").is_dir()):
        environ["REDIS_URL"] = servers.redis_url
