"""The local stack's secrets: made at random on the first start and kept, so that a restart can read what was encrypted before."""

import secrets
from pathlib import Path

from hejnal.stack.files import read_json, write_json

__all__ = ["Secrets"]

SECRET_BYTES = 32


class Secrets:
    """Named random secrets in one file of mode 0600."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = {name: str(value) for name, value in read_json(path).items()}

    def get(self, name: str) -> str:
        """The secret of that name, 43 characters; made and written down when it is asked for the first time."""
        if name not in self._known:
            self._known[name] = secrets.token_urlsafe(SECRET_BYTES)
            write_json(self._path, self._known)
        return self._known[name]
