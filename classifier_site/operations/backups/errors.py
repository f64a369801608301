"""What a person at the console is told."""


class BackupError(Exception):
    """Why there is no backup, or nothing was restored: a sentence."""
