"""GET /v1/alerts/stream: every change, live, without gap after a disconnection."""

from collections.abc import AsyncGenerator, AsyncIterator
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from sse_starlette import EventSourceResponse

from services.console import metrics
from services.console.adapters.live_stream import StreamEnd, Subscription
from services.console.api.dependencies import Parts, PartsOf, Who
from services.console.core.resuming import Start, position_of, start_of
from services.console.core.roles import Identity
from services.console.core.sse import alert_event, heartbeat_event, reset_event
from shared.web import problem_responses

__all__ = ["events", "router"]

router = APIRouter(tags=["alerts"], responses=problem_responses(401, 403, 422, 503))

_PAGE = 100
"""Missed alerts read at once: what waits in memory for a client that resumes."""

_STREAM_DOC: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "`event: alert` (`id:` its position, `data:` an Alert), `event: heartbeat`, `event: reset`.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get("/v1/alerts/stream", response_class=EventSourceResponse, responses=_STREAM_DOC)
async def stream_alerts(
    parts: PartsOf,
    who: Who,
    after: Annotated[
        str | None, Query(max_length=40, description="A list's `stream_position`; Last-Event-ID comes before it.")
    ] = None,
    last_event_id: Annotated[str | None, Header(max_length=40)] = None,
) -> EventSourceResponse:
    """Goes on after the position with at least the newest version of each changed alert, in order and none twice.

    From now on without a position. `event: reset` says that what the client has cannot be continued: load the list, and go
    on after its `stream_position`.
    """
    given = last_event_id if last_event_id is not None else after
    return EventSourceResponse(
        events(parts, who, given), ping=0, sep="\n", send_timeout=parts.settings.stream_send_timeout_s
    )


async def events(parts: Parts, who: Identity, given: str | None) -> AsyncGenerator[bytes]:
    """One client's stream, as bytes, until it is too slow, no longer allowed, or the read model is made anew."""
    with parts.live.subscribed() as live:  # first, so that nothing falls between what was written and what is to come
        start = await _start(parts, given)
        metrics.STREAM_STARTS.labels(start.reason).inc()
        yield _greeting(parts, start)
        position = start.position
        while missed := await parts.alerts.missed(position, _PAGE):
            position = missed[-1].position
            yield b"".join(alert_event(one.position, one.document).data for one in missed)
            if len(missed) < _PAGE:
                break
        async for data in _live(parts, who, live, position):
            yield data


async def _start(parts: Parts, given: str | None) -> Start:
    newest = max(await parts.alerts.newest_position(), parts.live.position)
    position = position_of(given) if given is not None else None
    missed = await parts.alerts.changed_since(position) if position is not None else 0
    return start_of(given, newest=newest, missed_most=parts.settings.stream_resume_most, missed=missed)


def _greeting(parts: Parts, start: Start) -> bytes:
    """The position at once, so that a client that sees no change before it loses the line can resume all the same."""
    if start.reason.is_reset:
        return reset_event(start)
    return heartbeat_event(parts.now(), start.position, in_step=parts.in_step())


async def _live(parts: Parts, who: Identity, live: Subscription, position: int) -> AsyncIterator[bytes]:
    recheck_at = parts.now() + timedelta(seconds=parts.settings.stream_recheck_s)
    while True:
        item = await live.next()
        if isinstance(item, StreamEnd):
            metrics.STREAM_ENDS.labels(item).inc()
            return
        if parts.now() >= recheck_at:
            if not await _still_allowed(parts, who):
                metrics.STREAM_ENDS.labels(StreamEnd.NO_LONGER_ALLOWED).inc()
                return
            recheck_at = parts.now() + timedelta(seconds=parts.settings.stream_recheck_s)
        if isinstance(item, bytes):
            yield item
        elif item.last > position:
            yield item.after(position)
            position = item.last


async def _still_allowed(parts: Parts, who: Identity) -> bool:
    if who.session_hash is not None:
        return await parts.people.by_session(who.session_hash, parts.now()) is not None
    return await parts.people.by_id(who.user_id) is not None
