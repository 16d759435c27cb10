"""The words that every event, log line, metric and screen shares."""

from enum import StrEnum

__all__ = [
    "AlertState",
    "Category",
    "Channel",
    "DecisionKind",
    "DecisionState",
    "Language",
    "NotificationState",
    "SensorState",
    "Urgency",
]


class Category(StrEnum):
    FIRE = "fire"
    GAS = "gas"
    FLOOD = "flood"
    WEATHER = "weather"
    MEDICAL = "medical"
    CRIME = "crime"
    TRAFFIC = "traffic"
    INFRASTRUCTURE = "infrastructure"
    UTILITIES = "utilities"
    ENVIRONMENT = "environment"
    MISSING_PERSON = "missing_person"
    ANIMAL = "animal"
    PUBLIC_ORDER = "public_order"
    HAZMAT_EXPLOSIVE = "hazmat_explosive"
    OTHER = "other"


class Urgency(StrEnum):
    """How soon somebody has to act; `level` orders them."""

    NONE = "none"  # no action: praise, question, test, spam
    LOW = "low"  # in its turn
    MEDIUM = "medium"  # today
    HIGH = "high"  # danger soon, or large damage
    CRITICAL = "critical"  # life in danger now: wake people

    @property
    def level(self) -> int:
        return _LEVELS[self]

    def at_least(self, other: "Urgency") -> bool:
        return self.level >= other.level


_LEVELS = {urgency: level for level, urgency in enumerate(Urgency)}


class AlertState(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    DISMISSED = "dismissed"

    @property
    def is_live(self) -> bool:
        return self in {AlertState.OPEN, AlertState.ACKNOWLEDGED}


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"
    APP = "app"


class Language(StrEnum):
    PL = "pl"
    UK = "uk"
    EN = "en"


class SensorState(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ALARM = "alarm"
    FAULT = "fault"
    SILENT = "silent"
    UNREGISTERED = "unregistered"


class DecisionKind(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    SET_URGENCY = "set_urgency"
    SET_CATEGORY = "set_category"
    MERGE = "merge"
    SPLIT = "split"
    RESOLVE = "resolve"
    DISMISS = "dismiss"
    REOPEN = "reopen"
    NOTE = "note"
    ASK = "ask"
    PUBLISH = "publish"


class DecisionState(StrEnum):
    PENDING = "pending"
    APPLIED = "applied"
    REFUSED = "refused"


class NotificationState(StrEnum):
    """A notification's way: requested → claimed → handed_over → delivered | failed | expired | unknown."""

    REQUESTED = "requested"
    CLAIMED = "claimed"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    FAILED = "failed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
