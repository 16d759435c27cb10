"""Whose screen shows what: a phone with its texts and pushes, or a mailbox."""

from collections.abc import Iterable
from itertools import islice
from typing import Literal

from pydantic import BaseModel, ConfigDict

from sandbox.messages import Email, Message, Push, Sms

__all__ = ["Owner", "owners"]


class Owner(BaseModel):
    """`messages` newest first; `name` is a phone number, a mail address or, for an app alone, the end of its endpoint."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["phone", "mailbox"]
    name: str
    messages: list[Message]
    count: int


def owners(
    newest_first: Iterable[Sms | Email | Push], *, looked_at: int, shown: int, messages_each: int
) -> list[Owner]:
    """The `shown` owners who heard something last, among the newest `looked_at` messages."""
    found: dict[tuple[Literal["phone", "mailbox"], str], list[Sms | Email | Push]] = {}
    for message in islice(newest_first, looked_at):
        key = _owner_of(message)
        if key in found or len(found) < shown:
            found.setdefault(key, []).append(message)
    return [
        Owner(kind=kind, name=name, messages=messages[:messages_each], count=len(messages))
        for (kind, name), messages in found.items()
    ]


def _owner_of(message: Sms | Email | Push) -> tuple[Literal["phone", "mailbox"], str]:
    match message:
        case Sms():
            return "phone", message.to
        case Email():
            return "mailbox", message.to
        case Push():
            return "phone", message.phone or f"app …{message.to[-6:]}"
