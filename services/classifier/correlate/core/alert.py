"""An alert while it is being folded: what its snapshot says, in a form that can be changed quickly."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.classifier.building import build
from services.classifier.correlate.core.account import Account, AccountReader
from services.classifier.correlate.core.evidence import EvidenceList
from services.classifier.correlate.core.limits import SnapshotLimits
from services.classifier.correlate.core.memory import REMEMBERED, Memory
from shared.events import AlertState, Category, DecisionOutcome, Reason, SuggestedMerge, Urgency

__all__ = ["Alert", "Cause"]


@dataclass(frozen=True, slots=True)
class Cause:
    """The event that changed an alert last."""

    event_id: str
    occurred_at: datetime
    received_at: datetime


@dataclass(slots=True, eq=False)
class Alert:
    """See AlertChanged for what each field means."""

    alert_id: str
    city: str
    exercise: bool
    category: Category
    urgency: Urgency
    title: str
    opened_at: datetime
    changed_at: datetime
    last_signal_at: datetime
    radius_m: float
    cause: Cause
    waiting_since: datetime
    limits: SnapshotLimits
    evidence: EvidenceList
    version: int = 0
    state: AlertState = AlertState.OPEN
    also: dict[Category, None] = field(default_factory=dict)
    score: float = 0
    peak_score: float = 0
    place: str | None = None
    lat: float | None = None
    lon: float | None = None
    acknowledged_by: str | None = None
    acknowledged_at: datetime | None = None
    assigned_to: str | None = None
    closed_at: datetime | None = None
    escalated_at: datetime | None = None
    report_count: int = 0
    reading_count: int = 0
    reasons: list[Reason] = field(default_factory=list)
    suggested_merges: dict[str, SuggestedMerge] = field(default_factory=dict)
    merged_into: str | None = None
    needs_review: bool = False
    public: bool = False
    public_text: str | None = None
    raised_sensors: dict[str, None] = field(default_factory=dict)
    clients: dict[str, None] = field(default_factory=dict)
    absorbed: deque[str] = field(default_factory=deque)
    decisions: deque[DecisionOutcome] = field(default_factory=deque)
    urgency_set: Urgency | None = None
    category_set: Category | None = None
    joined: list[str] = field(default_factory=list)
    """Reports that joined since the last published snapshot."""
    memory: Memory | None = None
    """What newcomers are compared with; made from the evidence when it is first needed, and again after that was regrouped."""

    @property
    def categories(self) -> tuple[Category, ...]:
        return (self.category, *self.also)

    def remember(self, reader: AccountReader) -> Memory:
        if self.memory is None:
            self.memory = Memory(reader.read(piece) for piece in self.evidence.pieces[-REMEMBERED:])
        return self.memory

    def learn(self, account: Account) -> None:
        """The newest piece of evidence, once it stands in the list."""
        if self.memory is not None:
            self.memory.add(account)

    def wait_anew(self, since: datetime) -> None:
        """It waits for somebody to acknowledge it, from now."""
        self.waiting_since, self.escalated_at = since, None

    def say(self, code: StrEnum, text: str, at: datetime) -> None:
        """Adds a reason; the oldest but the first give way."""
        self.reasons.append(build(Reason, {"code": code, "text": text[:200], "at": at}))
        if len(self.reasons) > self.limits.reasons or _exceed(self.reasons, self.limits.reasons_bytes):
            del self.reasons[1]

    def has_said(self, code: StrEnum) -> bool:
        return any(reason.code == code for reason in self.reasons)

    def say_instead(self, code: StrEnum, text: str, at: datetime) -> None:
        """Adds a reason in the place of an earlier one with the same code: only the newest of its kind is of interest."""
        self.reasons = [reason for reason in self.reasons if reason.code != code]
        self.say(code, text, at)

    def decided(self, outcome: DecisionOutcome) -> None:
        self.decisions.append(outcome)
        while len(self.decisions) > self.limits.decisions or _exceed(self.decisions, self.limits.decisions_bytes):
            self.decisions.popleft()

    def witnessed_by(self, witness: str) -> None:
        """`witness` is a client's keyed hash, or `sensor/<id>`: whoever it is counts once."""
        self.clients[witness] = None
        if len(self.clients) > self.limits.clients:
            del self.clients[next(iter(self.clients))]

    def suggest(self, merge: SuggestedMerge) -> None:
        """The best known of each other alert; of too many the weakest gives way."""
        known = self.suggested_merges.get(merge.alert_id)
        if merge.alert_id == self.alert_id or (known is not None and known.score >= merge.score):
            return
        self.suggested_merges[merge.alert_id] = merge
        if len(self.suggested_merges) > self.limits.suggested_merges:
            del self.suggested_merges[min(self.suggested_merges.values(), key=_worth).alert_id]


def _worth(merge: SuggestedMerge) -> tuple[float, str]:
    return merge.score, merge.alert_id


_FIXED_BYTES = 250
"""Ids, words, a time and the JSON around a text."""
_MOST_BYTES = _FIXED_BYTES + 2 * 500
"""Two bytes a character is what Ukrainian takes, and no text here is longer than 500."""


def _exceed(pieces: "list[Reason] | deque[DecisionOutcome]", most_bytes: int) -> bool:
    if len(pieces) * _MOST_BYTES <= most_bytes:
        return False
    return sum(_FIXED_BYTES + 2 * len(piece.text or "") for piece in pieces) > most_bytes
