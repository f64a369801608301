"""`manage.py shell`, for which this machine's own servers run if no `up` runs them already."""

from contextlib import ExitStack
from typing import Any

from django.core.management.commands import shell

from classifier_site import environment
from classifier_site.one_machine import data_folder
from classifier_site.one_machine.data_folder import StartError
from classifier_site.one_machine.servers import Servers


class Command(shell.Command):
    def handle(self, **options: Any) -> None:
        servers = Servers.of(environment.process)
        with ExitStack() as running:
            if servers.names:
                try:
                    running.enter_context(data_folder.lock(servers.data, patience=0))
                except StartError:
                    pass  # an `up` holds the folder, and its servers answer
                else:
                    running.enter_context(servers.running())
            super().handle(**options)
