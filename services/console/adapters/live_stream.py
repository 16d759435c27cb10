"""Hands each change to every client on the stream: encoded once, one queue entry per client and batch."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum

from services.console import metrics
from services.console.core.resuming import NOTHING_YET
from services.console.core.sse import StreamEvent

__all__ = ["Batch", "LiveStream", "StreamEnd", "Subscription"]


class StreamEnd(StrEnum):
    """Why a stream ended, other than that its client left."""

    TOO_SLOW = "too_slow"
    REWOUND = "rewound"
    NO_LONGER_ALLOWED = "no_longer_allowed"


class Batch:
    """Changes in order; `whole` is what a client gets that has none of them yet."""

    __slots__ = ("events", "last", "whole")

    def __init__(self, events: Sequence[StreamEvent]) -> None:
        self.events = events
        self.last = events[-1].position
        self.whole = b"".join(event.data for event in events)

    def after(self, position: int) -> bytes:
        if position < self.events[0].position:
            return self.whole
        return b"".join(event.data for event in self.events if event.position > position)


class Subscription:
    """One client's queue. Args: most: entries that may wait; past that the client is cut off."""

    def __init__(self, most: int) -> None:
        self._queue: asyncio.Queue[Batch | bytes | StreamEnd] = asyncio.Queue(most)
        self._end: StreamEnd | None = None

    def put(self, item: Batch | bytes) -> None:
        if self._end is None:
            try:
                self._queue.put_nowait(item)
            except asyncio.QueueFull:
                self.end(StreamEnd.TOO_SLOW)

    def end(self, why: StreamEnd) -> None:
        """What still waits is dropped: the client resumes from what it has."""
        self._end = why
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(why)

    async def next(self) -> Batch | bytes | StreamEnd:
        """A batch of changes, a ready-made event such as a heartbeat, or the reason for the end."""
        return await self._queue.get()


class LiveStream:
    """Args: queue_most: batches that may wait for one client."""

    def __init__(self, queue_most: int) -> None:
        self._queue_most = queue_most
        self._clients: set[Subscription] = set()
        self.position = NOTHING_YET

    @contextmanager
    def subscribed(self) -> Iterator[Subscription]:
        """Everything published while inside reaches the subscription."""
        client = Subscription(self._queue_most)
        self._clients.add(client)
        metrics.STREAM_CLIENTS.inc()
        try:
            yield client
        finally:
            self._clients.discard(client)
            metrics.STREAM_CLIENTS.dec()

    def publish(self, events: Sequence[StreamEvent]) -> None:
        """Events that were published before (the log is read again) are left out."""
        new = [event for event in events if event.position > self.position]
        if not new:
            return
        batch = Batch(new)
        self.position = batch.last
        for client in self._clients:
            client.put(batch)
        metrics.STREAM_EVENTS.inc(len(new))

    def send_all(self, data: bytes) -> None:
        for client in self._clients:
            client.put(data)

    def start_from(self, position: int) -> None:
        """Where the read model is, asked at every connection to the log. Behind where we were: it is being made anew."""
        if position < self.position:
            for client in self._clients:
                client.end(StreamEnd.REWOUND)
        self.position = position
