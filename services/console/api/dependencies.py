"""What the addresses get: the parts of the running service, and who asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query, Request

from services.console.adapters.alert_queries import AlertQueries
from services.console.adapters.audit_trail import AuditTrail
from services.console.adapters.decision_book import DecisionBook
from services.console.adapters.live_stream import LiveStream
from services.console.adapters.people import People
from services.console.adapters.sensor_queries import SensorQueries
from services.console.adapters.statistics_queries import StatisticsQueries
from services.console.api.signing_in import SigningIn
from services.console.core.paging import after
from services.console.core.roles import Identity
from services.console.flow import Deciding
from services.console.settings import Settings
from shared.errors import Invalid
from shared.pack import CityPack
from shared.web import FieldError, Problem

__all__ = ["Cursor", "Limit", "Parts", "PartsOf", "Who"]


@dataclass(frozen=True, slots=True)
class Parts:
    """The running service."""

    settings: Settings
    pack: CityPack
    alerts: AlertQueries
    sensors: SensorQueries
    statistics: StatisticsQueries
    people: People
    audit: AuditTrail
    book: DecisionBook
    deciding: Deciding
    signing_in: SigningIn
    live: LiveStream
    in_step: Callable[[], bool]
    """Whether the log is being followed at present."""
    now: Callable[[], datetime]


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def _who(request: Request) -> Identity:
    identity: Identity = request.state.identity
    return identity


def _cursor(
    cursor: Annotated[str | None, Query(max_length=400, description="`next_cursor` of the page before.")] = None,
) -> tuple[datetime, str] | None:
    try:
        return after(cursor) if cursor else None
    except Invalid as error:
        raise Problem(
            422, "The cursor is not one of ours.", errors=[FieldError("query/cursor", error.detail)]
        ) from error


PartsOf = Annotated[Parts, Depends(_parts)]
Who = Annotated[Identity, Depends(_who)]
Cursor = Annotated[tuple[datetime, str] | None, Depends(_cursor)]
Limit = Annotated[int, Query(ge=1, le=500)]
