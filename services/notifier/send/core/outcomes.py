"""What a provider may answer, in the only terms that the ledger needs."""

from dataclasses import dataclass
from typing import Literal

from shared.events import NotificationState

__all__ = ["Accepted", "Outcome", "Receipt", "Refused", "Unknown"]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has it and answers for it. A text message may be several parts, each with an id of its own."""

    provider_message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider certainly does not have it: it may be offered again, to another provider too, if the refusal is temporary."""

    kind: Literal["temporary", "permanent"]
    reason: str
    retry_after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Unknown:
    """The provider may or may not have it: never offered again."""

    reason: str
    parts_total: int = 1
    provider_message_ids: tuple[str, ...] = ()
    """Of the parts it did accept."""


Outcome = Accepted | Refused | Unknown


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says later, of its own accord or when asked.

    `reference` is our notification id where the provider gives it back.
    """

    provider: str
    provider_message_id: str | None
    reference: str | None
    state: NotificationState
    reason: str
