"""Requests' bodies: each kind of decision asks for what it needs and takes nothing else."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from services.console.core.roles import Role
from shared.events import Category, DecisionKind, DecisionTaken, Urgency
from shared.ids import derived_event_id
from shared.web import CleanText, RequestBody

__all__ = ["DecisionBody", "EntityId", "PersonLine", "SignInBody", "event_of"]

Text = Annotated[CleanText, Field(min_length=1, max_length=4_000)]
EntityId = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[\x21-\x7e]+$")]


class _Body(RequestBody):
    if_version: Annotated[int, Field(ge=1, le=2**53, description="The version of the alert that the person saw.")]
    reason: Annotated[CleanText, Field(min_length=1, max_length=1_000)] | None = None


class Acknowledge(_Body):
    kind: Literal[DecisionKind.ACKNOWLEDGE]


class Assign(_Body):
    kind: Literal[DecisionKind.ASSIGN]
    assignee: Annotated[CleanText, Field(min_length=1, max_length=100)]


class SetUrgency(_Body):
    kind: Literal[DecisionKind.SET_URGENCY]
    urgency: Urgency


class SetCategory(_Body):
    kind: Literal[DecisionKind.SET_CATEGORY]
    category: Category


class Merge(_Body):
    kind: Literal[DecisionKind.MERGE]
    into: EntityId


class Split(_Body):
    kind: Literal[DecisionKind.SPLIT]
    report_ids: Annotated[tuple[EntityId, ...], Field(min_length=1, max_length=200)]


class Resolve(_Body):
    kind: Literal[DecisionKind.RESOLVE]


class Dismiss(_Body):
    kind: Literal[DecisionKind.DISMISS]


class Reopen(_Body):
    kind: Literal[DecisionKind.REOPEN]


class Note(_Body):
    kind: Literal[DecisionKind.NOTE]
    text: Text


class Ask(_Body):
    kind: Literal[DecisionKind.ASK]
    text: Text


class Publish(_Body):
    kind: Literal[DecisionKind.PUBLISH]
    text: Text | None = None


DecisionBody = Annotated[
    Acknowledge | Assign | SetUrgency | SetCategory | Merge | Split | Resolve | Dismiss | Reopen | Note | Ask | Publish,
    Field(discriminator="kind"),
]


Password = Annotated[CleanText, StringConstraints(strip_whitespace=False)]
"""In NFC, so that every keyboard types the same one; spaces at its ends belong to it."""


class SignInBody(RequestBody):
    username: Annotated[CleanText, Field(min_length=1, max_length=100)]
    password: Annotated[Password, Field(min_length=1, max_length=1_000)]


class PersonLine(RequestBody):
    """One line of `hejnal console users import`. A token has to be long and random: it is kept as SHA-256."""

    username: Annotated[CleanText, Field(min_length=1, max_length=100, pattern=r"^\S+$")]
    password: Annotated[Password, Field(min_length=8, max_length=1_000)]
    role: Role
    token: Annotated[str, Field(min_length=32, max_length=500, pattern=r"^[\x21-\x7e]+$")] | None = None


def event_of(
    body: DecisionBody, *, decision_id: str, alert_id: str, city: str, actor: str, now: datetime
) -> DecisionTaken:
    """The decision as it enters the city's log."""
    given = body.model_dump(exclude_none=True)
    return DecisionTaken(
        event_id=derived_event_id(decision_id, "decision"),
        city=city,
        occurred_at=now,
        received_at=now,
        decision_id=decision_id,
        alert_id=alert_id,
        actor=actor,
        **given,
    )
