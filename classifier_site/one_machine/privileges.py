"""The account that runs the embedded servers: PostgreSQL refuses to run as root.

Started by root they run as `nobody` and own only their own folders. These can be inside a folder
that other users cannot enter (/root, a `mktemp -d`). We do not change the mode of such a folder;
instead the servers get the one capability that lets them through. This does not weaken security,
because the web process beside them already runs as root.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from classifier_site.one_machine.data_folder import StartError

# From the least to the most. CAP_DAC_READ_SEARCH passes every folder and reads every file;
# CAP_DAC_OVERRIDE also runs programs that were installed for root alone (umask 077), and it is
# what a Docker container has instead of the former.
CAPABILITIES = (None, "dac_read_search", "dac_override")


@dataclass(frozen=True)
class Account:
    """A user id and group id, and the words that run a command as them (none: as ourselves)."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    def own(self, folder: Path) -> None:
        """Give one of our folders, not what is in it, to this account."""
        if self.uid != os.geteuid():
            os.chown(folder, self.uid, self.gid)


def account_for(folder: Path, sockets: Path, *, program: Path) -> Account:
    """The account that can enter both folders and run the program. Raises StartError."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    uid, gid = _owner(folder)
    reason = "setpriv (package util-linux) is not installed"
    if shutil.which("setpriv"):
        for capability in CAPABILITIES:
            prefix = _prefix(uid, gid, capability)
            # Tested by running it: modes do not show access lists or a container's restrictions.
            script = 'cd "$1" && cd "$2" && exec "$3" --version'
            trial = [*prefix, "sh", "-c", script, "sh", *map(str, (folder, sockets, program))]
            result = subprocess.run(trial, capture_output=True, text=True, cwd="/")  # noqa: S603
            if result.returncode == 0:
                return Account(uid, gid, prefix)
            reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
    raise StartError(
        f"As root the embedded servers run as another user, and that fails with {folder} "
        f"({reason}): start this as an ordinary user, or set DATABASE_URL and REDIS_URL."
    )


def _owner(folder: Path) -> tuple[int, int]:
    """The owner of the folder, so that they can use it again without root; otherwise `nobody`."""
    status = folder.stat()
    if status.st_uid != 0:
        return status.st_uid, status.st_gid
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _prefix(uid: int, gid: int, capability: str | None) -> tuple[str, ...]:
    kept = f"-all,+{capability}" if capability else "-all"
    prefix = (
        "setpriv",
        f"--reuid={uid}",
        f"--regid={gid}",
        "--clear-groups",
        "--no-new-privs",
        f"--inh-caps={kept}",
        f"--ambient-caps={kept}",
        f"--bounding-set={kept}",
    )
    # PostgreSQL checks its programs with access(2), which for a user other than root looks away
    # from capabilities unless this bit is set: capabilities(7), SECBIT_NO_SETUID_FIXUP.
    return (*prefix, "--securebits=+no_setuid_fixup") if capability else prefix
