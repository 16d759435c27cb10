"""What the sender and its ledger say to one another."""

from dataclasses import dataclass
from datetime import datetime

from shared.events import NotificationRequested, NotificationState

__all__ = ["Change", "Changed", "Entry", "NewEntry"]


@dataclass(frozen=True, slots=True)
class NewEntry:
    event: NotificationRequested
    trace: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A notification as the ledger has it. `attempts` counts the present one."""

    event: NotificationRequested
    trace: str | None
    state: NotificationState
    provider: str | None
    provider_message_id: str | None
    attempts: int
    parts_total: int | None
    changed_at: datetime

    @property
    def notification_id(self) -> str:
        return self.event.notification_id


@dataclass(frozen=True, slots=True)
class Change:
    """What is to become of one. Without a state it waits until `next_attempt_at` for another attempt."""

    notification_id: str
    to: NotificationState | None
    reason: str
    next_attempt_at: datetime
    provider: str | None = None
    provider_message_ids: tuple[str, ...] = ()
    parts_total: int | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """A change that was made: the entry as it is now, and why."""

    entry: Entry
    reason: str
    before: NotificationState
