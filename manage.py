#!/usr/bin/env python3
"""Django's command line, with servers of its own where the environment names none."""

import os
import sys


def main() -> None:
    if sys.argv[1:] in (["version"], ["--version"]):
        # Django answers both itself, with its own version, and no command can take their place.
        from classifier_site import __version__

        print(__version__)  # noqa: T201
        return

    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from classifier_site import environment
    from classifier_site.one_machine.data_folder import StartError
    from classifier_site.one_machine.environment import complete_environment

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classifier_site.settings")
    # NumPy's threads wait for work by spinning: a head's small product took 25 times the processor
    # time. The model's own threads are OpenVINO's.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        complete_environment(environment.process, create=sys.argv[1:2] in (["up"], ["restore"]))
        execute_from_command_line(sys.argv)
    except (StartError, ImproperlyConfigured) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
