"""One local stack at a time: the supervisor holds a lock for as long as it lives, and the lock file says its process id."""

import fcntl
import os
from pathlib import Path
from typing import TextIO

__all__ = ["AlreadyRunning", "StackLock", "holder"]


class AlreadyRunning(RuntimeError):
    """Another supervisor holds the lock."""


class StackLock:
    """Taken by the supervisor; the system lets go of it however the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def take(self) -> None:
        """Raises AlreadyRunning. Hold on to this object: the lock goes with it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise AlreadyRunning(f"a stack runs here already (process {holder(self._path)})") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file


def holder(path: Path) -> int | None:
    """The process that holds the lock now, or None. A file left behind by a dead one holds nothing."""
    try:
        file = path.open("r+")
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            said = file.read().strip()
            return int(said) if said else None
        return None
