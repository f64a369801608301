"""What a person at the console is told."""


class BackupError(Exception):
    """A backup or a restore failed; the message says why."""
