"""Programs that the tests need, installed where there is none and the tests may."""

import os
import shutil
import subprocess

INSTALL_SECONDS = 600


def apt(package: str) -> list[list[str]]:
    """The commands that install one of Debian's packages; none but for root."""
    program = os.geteuid() == 0 and shutil.which("apt-get")
    if not program:
        return []
    return [[program, "update"], [program, "install", "-y", "--no-install-recommends", package]]


def install(why: str, commands: list[list[str]]) -> None:
    """Runs them until one fails, and says so."""
    for command in commands:
        print(f"== {why}: {' '.join(command)}", flush=True)
        try:
            subprocess.run(
                command,
                check=True,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
                stdin=subprocess.DEVNULL,
                timeout=INSTALL_SECONDS,
            )
        except (OSError, subprocess.SubprocessError) as error:
            print(f"== {error}", flush=True)
            return
