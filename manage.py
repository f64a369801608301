#!/usr/bin/env python3
"""Django's command line, with servers of its own where the environment names none."""

import os
import sys


def main() -> None:
    from classifier_site.one_machine.data_folder import StartError
    from classifier_site.one_machine.servers import complete_environment

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classifier_site.settings")
    try:
        complete_environment(os.environ, create=sys.argv[1:2] == ["up"])
    except StartError as error:
        sys.exit(str(error))

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
