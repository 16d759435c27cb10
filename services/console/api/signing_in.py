"""Signing in: rate-limited, audited, with a new session each time."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from services.console import metrics
from services.console.adapters.audit_trail import AuditAction, AuditEntry, AuditTrail
from services.console.adapters.passwords import Passwords
from services.console.adapters.people import People, Person
from services.console.core.signing_in import SignIn, sign_in_outcome

__all__ = ["Session", "SigningIn", "TooMany"]


@dataclass(frozen=True, slots=True)
class Session:
    person: Person
    secret: str


class TooMany(Exception):
    """Args: wait_s: whole seconds after which a try is allowed again."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s


class SigningIn:
    """The counts are kept in this process: two processes allow twice as many tries."""

    def __init__(
        self,
        people: People,
        passwords: Passwords,
        audit: AuditTrail,
        *,
        per_user: Sequence[RateLimitItem],
        per_address: Sequence[RateLimitItem],
        session_lasts: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        self._people = people
        self._passwords = passwords
        self._audit = audit
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._per_user = per_user
        self._per_address = per_address
        self._session_lasts = session_lasts
        self._now = now

    async def sign_in(self, username: str, password: str, *, address: str, instead_of: str | None) -> Session | None:
        """Return the new session, or None when name and password do not fit together. Raises TooMany.

        Args:
            username: in any case.
            password: as typed.
            address: where the request came from.
            instead_of: the secret of the session the browser has, which ends.
        """
        await self._count(username.casefold(), address)
        person = await self._people.named(username)
        fits = await self._passwords.fits(person.password_hash if person else None, password)
        outcome = sign_in_outcome(
            is_known=person is not None, is_disabled=bool(person and person.disabled), password_fits=fits
        )
        await self._note(outcome, person)
        if person is None or outcome is not SignIn.SIGNED_IN:
            return None
        for limit in self._per_user:  # who knows the password was not guessing
            await self._limiter.clear(limit, "user", username.casefold(), address)
        session = Session(person, secrets.token_urlsafe(32))
        now = self._now()
        await self._people.open_session(person, session.secret, now, now + self._session_lasts, instead_of=instead_of)
        return session

    async def sign_out(self, username: str, session_hash: str) -> None:
        await self._people.close_session(session_hash)
        await self._audit.add(AuditEntry(self._now(), username, AuditAction.SIGN_OUT, "signed_out"))

    async def _count(self, username: str, address: str) -> None:
        limits: list[tuple[RateLimitItem, tuple[str, ...]]] = []
        limits += [(limit, ("address", address)) for limit in self._per_address]
        limits += [(limit, ("user", username, address)) for limit in self._per_user]
        for limit, key in limits:
            if not await self._limiter.hit(limit, *key):
                metrics.SIGN_INS.labels(SignIn.TOO_MANY).inc()
                free_at = (await self._limiter.get_window_stats(limit, *key)).reset_time
                raise TooMany(max(1, ceil(free_at - self._now().timestamp())))

    async def _note(self, outcome: SignIn, person: Person | None) -> None:
        metrics.SIGN_INS.labels(outcome).inc()
        # A name that nobody has may be a password typed into the wrong field: it is not written down.
        actor = person.username if person else "unknown"
        await self._audit.add(AuditEntry(self._now(), actor, AuditAction.SIGN_IN, outcome))
