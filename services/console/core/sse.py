"""Server-sent events as bytes, encoded once for all clients."""

from dataclasses import dataclass
from datetime import datetime

from services.console.core.resuming import Start
from shared.events import format_time

__all__ = ["StreamEvent", "alert_event", "heartbeat_event", "reset_event"]


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One change of an alert, ready to be sent; `position` is its offset in the log."""

    position: int
    data: bytes


def alert_event(position: int, document: str) -> StreamEvent:
    """`document` is JSON without line breaks."""
    return StreamEvent(position, f"id: {position}\nevent: alert\ndata: {document}\n\n".encode())


def heartbeat_event(at: datetime, position: int | None, *, in_step: bool) -> bytes:
    """Alive. With `position` the client also learns how far it has come; `in_step` says whether the log is being followed at present."""
    behind = "true" if in_step else "false"
    where = "" if position is None else f"id: {position}\n"
    return f'{where}event: heartbeat\ndata: {{"at":"{format_time(at)}","in_step":{behind}}}\n\n'.encode()


def reset_event(start: Start) -> bytes:
    """What the client knows has no connection with what follows: load the list, then go on from its `stream_position`."""
    data = f'{{"reason":"{start.reason}","stream_position":{start.position}}}'
    return f"id: {start.position}\nevent: reset\ndata: {data}\n\n".encode()
