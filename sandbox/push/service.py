"""The push service: takes messages for its phones as its behaviour says."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Literal

from sandbox import metrics
from sandbox.behaviour import Behaviours, Mode
from sandbox.messages import Messages, Push, to_millisecond
from sandbox.push.delivery import Asked, PushError, Shown, decrypt
from sandbox.push.phones import Phone, Phones
from sandbox.push.vapid import Sender, VapidError, VapidReason, read_vapid

__all__ = ["Answer", "PushService", "Silence"]

_UNAUTHORIZED = frozenset({VapidReason.MISSING, VapidReason.MALFORMED})


@dataclass(frozen=True, slots=True)
class Answer:
    """Created: `location` is the message's own address (RFC 8030, 5)."""

    location: str
    ttl_s: int


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer: the line drops at once, or stays open without a word."""

    drops: bool


class PushService:
    """Both providers, told apart by the path of the endpoint. `now` gives aware UTC times."""

    def __init__(self, phones: Phones, behaviours: Behaviours, messages: Messages, now: Callable[[], datetime]) -> None:
        self._phones = phones
        self._behaviours = behaviours
        self._messages = messages
        self._now = now
        self._ids = count(1)
        self._id_prefix = f"p{int(now().timestamp() * 1000):x}"

    def phone(self, provider: str, phone_id: str) -> Phone:
        """Raises PushError 404 when there never was one, 410 when it is gone."""
        phone = self._phones.find(provider, phone_id)
        if phone is None:
            raise PushError(404, "there is no such subscription")
        if phone.line.deleted:
            raise PushError(410, "this subscription is gone")
        return phone

    def delete(self, phone: Phone) -> None:
        self._phones.delete(phone)

    def sender(self, phone: Phone, authorization: str | None) -> Sender:
        """Raises PushError 401 or 403."""
        try:
            return read_vapid(authorization, phone.line.origin, self._now(), phone.line.vapid_public_key)
        except VapidError as error:
            self._count(phone, "invalid")
            raise PushError(401 if error.reason in _UNAUTHORIZED else 403, str(error)) from error

    async def push(self, phone: Phone, sender: Sender, asked: Asked, octets: bytes) -> Answer | Silence:
        """Raises PushError."""
        shown = decrypt(phone, octets)
        behaviour = self._behaviours.now("app", phone.line.provider, asyncio.get_running_loop().time())
        match behaviour.mode:
            case Mode.REFUSE:
                self._count(phone, "refused")
                if behaviour.permanent:
                    raise PushError(410, "the sandbox takes this subscription for gone")
                raise PushError(503, "the sandbox refuses for now")
            case Mode.TIMEOUT:
                self._count(phone, "unanswered")
                return Silence(drops=False)
            case Mode.SLOW:
                await asyncio.sleep(behaviour.delay_s)
            case _:
                pass
        message_id = self._deliver(phone, sender, asked, shown)
        if behaviour.mode is Mode.DROP_AFTER_ACCEPT:
            return Silence(drops=True)
        return Answer(location=f"{phone.line.origin}/push-messages/{message_id}", ttl_s=asked.ttl_s)

    def _deliver(self, phone: Phone, sender: Sender, asked: Asked, shown: Shown) -> str:
        message_id = f"{self._id_prefix}{next(self._ids):06d}"
        self._messages.add(
            Push(
                provider=phone.line.provider,
                to=phone.endpoint,
                sender=sender.subject,
                received_at=to_millisecond(self._now()),
                provider_message_id=message_id,
                reference=shown.reference,
                text=shown.text,
                title=shown.title,
                url=shown.url,
                urgency=asked.urgency,
                topic=asked.topic,
                phone=phone.line.phone,
            )
        )
        self._count(phone, "accepted")
        return message_id

    def _count(self, phone: Phone, outcome: Literal["accepted", "refused", "unanswered", "invalid"]) -> None:
        metrics.MESSAGES.labels("app", phone.line.provider, outcome).inc()
