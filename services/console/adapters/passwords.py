"""Passwords by argon2id (RFC 9106, second recommended option), in threads and few at a time."""

import secrets
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from anyio import CapacityLimiter, to_thread
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

__all__ = ["Passwords"]

R = TypeVar("R")
Given = TypeVarTuple("Given")


class Passwords:
    """Args: at_once: checks that run beside each other; each takes 64 MiB and about 0.1 s of a core."""

    def __init__(self, at_once: int = 2, *, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._at_once = at_once
        self._limiter: CapacityLimiter | None = None
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        return await self._in_thread(self._hasher.hash, password)

    async def fits(self, password_hash: str | None, password: str) -> bool:
        """Say whether it is the password. Without a hash it takes as long, and says no."""
        return await self._in_thread(self._fits, password_hash, password)

    def _fits(self, password_hash: str | None, password: str) -> bool:
        if self._nobodys is None:
            self._nobodys = self._hasher.hash(secrets.token_hex())
        try:
            return self._hasher.verify(password_hash or self._nobodys, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: Callable[[*Given], R], *given: *Given) -> R:
        self._limiter = self._limiter or CapacityLimiter(self._at_once)
        return await to_thread.run_sync(work, *given, limiter=self._limiter)
