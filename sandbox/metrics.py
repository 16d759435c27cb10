"""Every metric of the sandbox."""

from typing import Final

from prometheus_client import Counter, Gauge

__all__ = ["HELD", "MESSAGES", "RECEIPTS", "SESSIONS"]

MESSAGES: Final = Counter(
    "hejnal_sandbox_messages_total",
    "Messages that a provider was given, by what it did: accepted, refused, unanswered, dropped or invalid.",
    ["channel", "provider", "outcome"],
)
RECEIPTS: Final = Counter(
    "hejnal_sandbox_receipts_total",
    "Delivery receipts of an SMSC: sent, acknowledged, rejected, returned (the line went first) or forgotten.",
    ["provider", "outcome"],
)
SESSIONS: Final = Gauge("hejnal_sandbox_smpp_sessions", "Bound SMPP sessions.", ["provider"])
HELD: Final = Gauge("hejnal_sandbox_held_answers", "Answers that a slow SMSC still owes.", ["provider"])
