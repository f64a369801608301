"""Files of a backup encrypted with age (https://age-encryption.org/v1), if that is wanted.

Whoever makes backups has public keys only: those who break into the service cannot read what it
has backed up.
"""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

import pyrage
from django.utils.crypto import salted_hmac

from classifier_site.operations.backups.errors import BackupError

SUFFIX = ".age"


class Sealer:
    """Writes files, for the holders of the keys to these recipients if there are any."""

    def __init__(self, recipients: Sequence[str]) -> None:
        """recipients: as `age-keygen` writes them, `age1…`. Raises BackupError."""
        self.recipients: list[Any] = []
        for recipient in recipients:
            try:
                self.recipients.append(pyrage.x25519.Recipient.from_str(recipient))
            except pyrage.RecipientError as error:
                raise BackupError(
                    f"BACKUP_RECIPIENTS has {recipient!r}, which is not an age public key; these "
                    "begin with age1."
                ) from error

    @property
    def suffix(self) -> str:
        return SUFFIX if self.recipients else ""

    def name(self, sha256: str) -> str:
        """What a file with this content is called.

        A hash itself would tell who has the folder, but no key, which known pictures are in it.
        """
        if not self.recipients:
            return sha256
        return salted_hmac("backups", sha256, algorithm="sha256").hexdigest() + SUFFIX

    def write(self, source: Any, target: BinaryIO) -> None:
        if self.recipients:
            pyrage.encrypt_io(source, target, self.recipients)
        else:
            shutil.copyfileobj(source, target)


class Opener:
    """Reads what a Sealer has written."""

    def __init__(self, identity: Path | None = None) -> None:
        """identity: a file as `age-keygen` writes it, with secret keys. Raises BackupError."""
        self.identities: list[Any] = []
        if identity is None:
            return
        try:
            lines = identity.read_text(encoding="utf-8").split("\n")
            keys = [line.strip() for line in lines if line.startswith("AGE-SECRET-KEY-")]
            self.identities = [pyrage.x25519.Identity.from_str(key) for key in keys]
        except (OSError, UnicodeError, pyrage.IdentityError) as error:
            raise BackupError(f"The key in {identity} cannot be read: {error}") from error
        if not self.identities:
            raise BackupError(f"{identity} has no line that begins with AGE-SECRET-KEY-.")

    @contextmanager
    def plain(self, path: Path) -> Iterator[Path]:
        """The file, or a temporary one with what it holds. Raises BackupError and OSError."""
        if path.suffix != SUFFIX:
            yield path
            return
        with NamedTemporaryFile() as decrypted:
            with path.open("rb") as source:
                self.read(source, path.name, decrypted)
            decrypted.flush()
            yield Path(decrypted.name)

    def read(self, source: BinaryIO, where: str, target: Any) -> None:
        """Writes what a file holds to `target`.

        where: its path or address, whose end tells whether it is encrypted.

        Raises:
            BackupError: it is encrypted, and no key opens it.
            OSError
        """
        if not where.endswith(SUFFIX):
            shutil.copyfileobj(source, target)
            return
        if not self.identities:
            raise BackupError("This backup is encrypted: name the key with --identity FILE.")
        try:
            pyrage.decrypt_io(source, target, self.identities)
        except (pyrage.DecryptError, OSError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise  # of the disk; one without a number is age's, of what was changed
            raise BackupError(
                f"{where} cannot be decrypted: {error}. It is damaged, or this is the wrong key."
            ) from error
