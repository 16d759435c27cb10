"""The live stream: in order, without gap or double, also over a disconnection."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from services.console.adapters.live_stream import LiveStream, StreamEnd
from services.console.adapters.read_model import clear
from services.console.api import stream
from services.console.core.roles import Identity, Role
from services.console.core.sse import alert_event, heartbeat_event
from shared.errors import Transient
from shared.pack import CityPack
from tests.console_builders import NOON, Console, an_alert, record, stream_events

SOON_S = 10
Event = tuple[str, str | None, Any]


class Client:
    def __init__(self, data: AsyncIterator[bytes]) -> None:
        self._data = data
        self._events: list[Event] = []

    async def next(self) -> Event:
        async with asyncio.timeout(SOON_S):
            while not self._events:
                self._events = stream_events(await anext(self._data))
        return self._events.pop(0)

    async def alerts(self, count: int) -> list[tuple[str, str, int]]:
        """The next alerts as (id, alert id, version); heartbeats are passed over."""
        found: list[tuple[str, str, int]] = []
        while len(found) < count:
            event, position, data = await self.next()
            if event == "alert":
                found.append((str(position), data["alert_id"], data["version"]))
        return found


@asynccontextmanager
async def client_of(console: Console, after: str | None = None) -> AsyncIterator[Client]:
    person = await console.parts.people.named("viewer")
    assert person is not None
    who = Identity(person.user_id, person.username, Role.VIEWER)
    async with aclosing(stream.events(console.parts, who, after)) as data:
        yield Client(data)


async def test_without_a_position_it_begins_now_and_says_where_that_is(console: Console) -> None:
    await console.take(record(an_alert("before"), 5))
    async with client_of(console) as client:
        event, position, _ = await client.next()
        assert (event, position) == ("heartbeat", "5")
        await console.take(record(an_alert("after"), 8))
        assert await client.alerts(1) == [("8", "after", 1)]


async def test_resuming_sends_the_newest_version_of_each_changed_alert_in_order_and_goes_on_live(
    console: Console,
) -> None:
    await console.take(record(an_alert("a"), 1), record(an_alert("b"), 2), record(an_alert("c"), 3))
    await console.take(record(an_alert("a", 2), 4), record(an_alert("b", 2), 6), record(an_alert("a", 3), 9))
    async with client_of(console, after="2") as client:
        assert await client.alerts(3) == [("3", "c", 1), ("6", "b", 2), ("9", "a", 3)]
        await console.take(record(an_alert("c", 2), 10))
        assert await client.alerts(1) == [("10", "c", 2)]


async def test_from_an_empty_lists_position_everything_follows(console: Console) -> None:
    async with client_of(console, after="-1") as client:
        await client.next()
        await console.take(record(an_alert("first"), 0))
        assert await client.alerts(1) == [("0", "first", 1)]


async def test_what_changes_while_a_client_resumes_is_sent_once(console: Console) -> None:
    await console.take(*[record(an_alert(f"alert-{number:03}"), number) for number in range(250)])
    async with client_of(console, after="-1") as client:
        first = await client.alerts(1)
        await console.take(record(an_alert("alert-240", 2), 300), record(an_alert("new"), 301))
        rest = await client.alerts(250)
    positions = [int(position) for position, _, _ in first + rest]
    assert positions == sorted(set(positions))
    newest = {alert_id: version for _, alert_id, version in first + rest}
    assert newest["alert-240"] == 2
    assert len(newest) == 251


@pytest.mark.parametrize("given", ["99", "x", "", "-2", "1.5", "9" * 30, "١"])
async def test_a_position_that_nobody_said_resets(console: Console, given: str) -> None:
    await console.take(record(an_alert(), 5))
    async with client_of(console, after=given) as client:
        event, position, data = await client.next()
        assert (event, position, data["stream_position"]) == ("reset", "5", 5)
        await console.take(record(an_alert(version=2), 6))
        assert await client.alerts(1) == [("6", "alert-1", 2)]


async def test_who_missed_too_much_is_told_to_load_the_list(tmp_path: Path, pack: CityPack) -> None:
    console = Console(f"sqlite+aiosqlite:///{tmp_path}/console.db", pack, stream_resume_most=3)
    await console.start()
    await console.take(*[record(an_alert(f"alert-{number}"), number) for number in range(5)])
    async with client_of(console, after="0") as client:
        event, _, data = await client.next()
    async with client_of(console, after="1") as near:
        assert len(await near.alerts(3)) == 3
    await console.stop()
    assert (event, data["reason"]) == ("reset", "too_much_missed")


async def test_every_client_gets_the_same_bytes(console: Console) -> None:
    async with client_of(console) as one, client_of(console) as other:
        await one.next()
        await other.next()
        await console.take(record(an_alert(), 1), record(an_alert("alert-2"), 2))
        assert [await one.next(), await one.next()] == [await other.next(), await other.next()]


async def test_a_client_that_takes_nothing_is_cut_off_and_the_others_are_not() -> None:
    live = LiveStream(queue_most=3)
    with live.subscribed() as slow, live.subscribed() as quick:
        for position in range(5):
            live.publish([alert_event(position, "{}")])
            await quick.next()
        assert await slow.next() is StreamEnd.TOO_SLOW


async def test_a_heartbeat_reaches_a_quiet_client(console: Console) -> None:
    async with client_of(console) as client:
        await client.next()
        console.parts.live.send_all(heartbeat_event(NOON, None, in_step=False))
        while (event := await client.next())[2]["at"] != "2026-11-24T12:00:00.000Z":
            pass
    assert event == ("heartbeat", None, {"at": "2026-11-24T12:00:00.000Z", "in_step": False})


async def test_a_disabled_persons_stream_ends(tmp_path: Path, pack: CityPack) -> None:
    console = Console(f"sqlite+aiosqlite:///{tmp_path}/console.db", pack, stream_recheck_s=0.000001)
    await console.start()
    async with client_of(console) as client:
        await client.next()
        await console.parts.people.disable("viewer")
        console.parts.live.send_all(heartbeat_event(NOON, None, in_step=True))
        with pytest.raises(StopAsyncIteration):
            await client.next()
    await console.stop()


async def test_when_the_model_is_made_anew_clients_come_again_and_are_reset(console: Console) -> None:
    await console.take(record(an_alert(), 5))
    async with client_of(console) as client:
        await client.next()
        await clear(console.database)
        with pytest.raises(Transient, match="rewound"):
            await console.take(record(an_alert(version=2), 6))
        await console.models["console.board"].positions()
        console.parts.live.start_from(await console.parts.alerts.newest_position())
        with pytest.raises(StopAsyncIteration):
            await client.next()
    async with client_of(console, after="5") as client:
        assert (await client.next())[0] == "reset"
        await console.take(record(an_alert(), 5), record(an_alert(version=2), 6))
        assert await client.alerts(1) == [("6", "alert-1", 2)]
