"""GET /v1/alerts and what belongs to one."""

import json
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator, BeforeValidator, Field
from starlette.responses import Response

from services.console.adapters.alert_queries import AlertFilter, Box
from services.console.api.answers import AlertDetail, AlertList, EvidenceList, Notification
from services.console.api.dependencies import Cursor, Limit, PartsOf
from services.console.core.published import Alert, EvidenceItem
from services.console.core.timeline import timeline
from shared.events import AlertState, Category, Urgency
from shared.web import CleanText, Problem, problem_responses

__all__ = ["AlertId", "no_alert", "router"]

router = APIRouter(tags=["alerts"], responses=problem_responses(401, 403, 422, 503))

AlertId = Annotated[str, Path(max_length=80, pattern=r"^[\x21-\x7e]+$")]
_NUMBER: Final = r"-?\d{1,3}(\.\d{1,12})?"


def _by_comma(values: object) -> object:
    return [part.strip() for value in values for part in str(value).split(",")] if isinstance(values, list) else values


def _box(given: str) -> str:
    west, south, east, north = map(float, given.split(","))
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):  # noqa: PLR2004 — degrees
        raise ValueError("west,south,east,north in degrees, west ≤ east and south ≤ north")
    return given


States = Annotated[list[AlertState], BeforeValidator(_by_comma), Query(description="Several by comma.")]
Urgencies = Annotated[list[Urgency], BeforeValidator(_by_comma), Query(description="Several by comma.")]
Categories = Annotated[list[Category], BeforeValidator(_by_comma), Query(description="Several by comma.")]
BoxText = Annotated[
    str,
    Field(pattern=rf"^{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}$"),
    AfterValidator(_box),
    Query(description="west,south,east,north in degrees. Alerts without a place are outside every box."),
]
SearchText = Annotated[
    CleanText, Query(max_length=200, description="Words in the title, place and texts; all are found.")
]


@router.get("/v1/alerts", response_model=AlertList)
async def list_alerts(  # noqa: PLR0917 — one parameter of the address each
    parts: PartsOf,
    after: Cursor,
    state: States = [],  # noqa: B006 — FastAPI copies defaults
    urgency: Urgencies = [],  # noqa: B006
    least_urgency: Urgency | None = None,
    category: Categories = [],  # noqa: B006
    bbox: BoxText | None = None,
    q: SearchText | None = None,
    limit: Limit = 100,
) -> Response:
    """Newest first by when they opened. `stream_position` says from where the live stream continues this list."""
    wanted = AlertFilter(state, urgency, least_urgency, category, _numbers(bbox) if bbox else None, q)
    page = await parts.alerts.page(wanted, after=after, limit=limit)
    # The alerts are handed on as they were stored: a page of 500 with all their evidence need not be parsed to be sent.
    body = (
        f'{{"alerts":[{",".join(page.documents)}],"next_cursor":{json.dumps(page.next_cursor)},'
        f'"stream_position":{page.stream_position}}}'
    )
    return Response(body, media_type="application/json")


@router.get("/v1/alerts/{alert_id}", response_model=AlertDetail, responses=problem_responses(404))
async def show_alert(parts: PartsOf, alert_id: AlertId) -> Response:
    """One alert with its timeline and everybody who was told of it."""
    document = await parts.alerts.document(alert_id)
    if document is None:
        raise no_alert()
    history = await parts.alerts.history(alert_id)
    detail = AlertDetail(
        **dict(Alert.model_validate_json(document)),
        timeline=timeline(history.versions, history.decisions, history.notifications),
        notifications=[Notification.model_validate(row) for row in history.told],
    )
    return Response(detail.model_dump_json(), media_type="application/json")


@router.get("/v1/alerts/{alert_id}/evidence", responses=problem_responses(404))
async def list_evidence(parts: PartsOf, alert_id: AlertId, after: Cursor, limit: Limit = 100) -> EvidenceList:
    """All evidence, oldest first, with reports' whole texts."""
    if await parts.alerts.document(alert_id) is None:
        raise no_alert()
    rows, next_cursor = await parts.alerts.evidence(alert_id, after=after, limit=limit)
    return EvidenceList(evidence=[_with_whole_text(*row) for row in rows], next_cursor=next_cursor)


def no_alert() -> Problem:
    return Problem(404, "There is no alert with this id.")


def _with_whole_text(document: str, text: str | None) -> EvidenceItem:
    item = EvidenceItem.model_validate_json(document)
    return item if text is None else item.model_copy(update={"text": text})


def _numbers(bbox: str) -> Box:
    west, south, east, north = map(float, bbox.split(","))
    return west, south, east, north
