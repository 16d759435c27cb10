"""As much of an alert as a report's status needs, folded from alerts.changed.v1."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.events import AlertChanged, AlertState, Category, DecisionKind, DecisionState

__all__ = ["AlertView", "Folded", "Message", "MessageKind", "fold_alerts"]


class MessageKind(StrEnum):
    QUESTION = "question"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Message:
    """What an operator says to those who reported: a question, or what the public was told."""

    id: str
    kind: MessageKind
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class AlertView:
    alert_id: str
    version: int
    state: AlertState
    category: Category
    changed_at: datetime
    merged_into: str | None = None
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Folded:
    """`changed` are the alerts that are newer than what was known; `joined` says which alert each report belongs to now."""

    changed: Mapping[str, AlertView]
    joined: Mapping[str, str]


def fold_alerts(known: Mapping[str, AlertView], events: Iterable[AlertChanged]) -> Folded:
    """`events` in the order of the log. A version that is known already, late or repeated, changes nothing."""
    changed: dict[str, AlertView] = {}
    joined: dict[str, str] = {}
    for event in events:
        before = changed.get(event.alert_id) or known.get(event.alert_id)
        if before is not None and event.version <= before.version:
            continue
        changed[event.alert_id] = _view(event, before)
        joined.update(dict.fromkeys(_reports(event, before), event.alert_id))
    return Folded(changed, joined)


def _reports(event: AlertChanged, before: AlertView | None) -> Iterable[str]:
    yield from event.joined_report_ids
    if before is None or event.version > before.version + 1:
        # Compaction may have dropped the versions in between, and with them who joined by them.
        yield from (evidence.report_id for evidence in event.evidence if evidence.report_id)


def _view(event: AlertChanged, before: AlertView | None) -> AlertView:
    messages = {message.id: message for message in (before.messages if before else ())}
    for message in (*_questions(event), *_public(event)):
        messages.setdefault(message.id, message)
    return AlertView(
        event.alert_id,
        event.version,
        event.state,
        event.category,
        event.changed_at,
        event.merged_into,
        tuple(messages.values()),
    )


def _questions(event: AlertChanged) -> Iterable[Message]:
    for decision in event.decisions:
        if decision.kind is DecisionKind.ASK and decision.state is DecisionState.APPLIED and decision.text:
            yield Message(decision.decision_id, MessageKind.QUESTION, decision.at, decision.text)


def _public(event: AlertChanged) -> Iterable[Message]:
    if event.public and event.public_text:
        yield Message(f"public|{event.public_text}", MessageKind.PUBLIC, event.changed_at, event.public_text)
