"""What reached the phones and mailboxes, as their owners see it."""

import secrets
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from shared.events.base import UtcTime

__all__ = ["Channel", "Email", "Message", "Messages", "Provider", "Push", "Sms", "to_millisecond", "write_messages"]

Channel = Literal["sms", "email", "app"]
Provider = Literal["a", "b"]


class _Received(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True)

    provider: Provider
    to: str
    sender: str = Field(serialization_alias="from")
    received_at: UtcTime
    """When the provider accepted it."""
    provider_message_id: str
    reference: str | None
    """The notification's id, as the sender gave it."""


class Sms(_Received):
    """A text message, its segments joined."""

    channel: Literal["sms"] = "sms"
    text: str
    segments: int


class Email(_Received):
    """A mail in one recipient's mailbox."""

    channel: Literal["email"] = "email"
    subject: str
    body: str
    html: bool
    """Whether the mail has an HTML part, too. It is never kept."""


class Push(_Received):
    """A push message, decrypted. `phone` is the number of the telephone that the app is on, where it is known."""

    channel: Literal["app"] = "app"
    text: str
    title: str
    url: str | None
    urgency: str
    topic: str | None
    phone: str | None


Message = Annotated[Sms | Email | Push, Field(discriminator="channel")]
_MESSAGES: TypeAdapter[list[Sms | Email | Push]] = TypeAdapter(list[Message])


class Messages:
    """The newest `kept` messages in the order in which they were accepted."""

    def __init__(self, kept: int) -> None:
        self._messages: deque[Sms | Email | Push] = deque(maxlen=kept)
        self.epoch = secrets.token_hex(4)
        """Told apart from that of a process before."""
        self.version = 0
        """Goes up with every change, so that a page knows whether to draw again."""

    def add(self, message: Sms | Email | Push) -> None:
        self._messages.append(message)
        self.version += 1

    def clear(self) -> None:
        self._messages.clear()
        self.version += 1

    def newest_first(self) -> Iterator[Sms | Email | Push]:
        return reversed(self._messages)

    def find(
        self,
        *,
        channel: Channel | None = None,
        to: str | None = None,
        since: datetime | None = None,
        reference: str | None = None,
        limit: int,
    ) -> list[Sms | Email | Push]:
        """Oldest first, at most `limit`; `since` is inclusive."""
        found: list[Sms | Email | Push] = []
        for message in self._messages:
            if channel is not None and message.channel != channel:
                continue
            if to is not None and message.to != to:
                continue
            if since is not None and message.received_at < since:
                continue
            if reference is not None and message.reference != reference:
                continue
            found.append(message)
            if len(found) == limit:
                break
        return found


def write_messages(messages: Iterable[Sms | Email | Push]) -> bytes:
    """The answer of `GET /v1/messages`."""
    return b'{"messages":' + _MESSAGES.dump_json(list(messages), by_alias=True) + b"}"


def to_millisecond(at: datetime) -> datetime:
    """What a reader gets to see of a time: a `since` taken from an answer then finds that very message again."""
    return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)
