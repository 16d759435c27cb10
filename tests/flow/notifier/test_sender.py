"""The sender's story with fake providers: failover, retries, unknown, room."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.notifier.adapters.store.addresses import Addresses
from services.notifier.adapters.store.book import LedgerBook
from services.notifier.adapters.store.duty import DutyEntry, DutyList, NewContact, on_duty
from services.notifier.adapters.store.writing import Store
from services.notifier.migrations import MIGRATIONS
from services.notifier.send.core.links import LinkPlaces
from services.notifier.send.core.outcomes import Refused, Unknown
from services.notifier.send.flow import Sender
from shared.database import Database, upgrade
from shared.events import Channel, Language, NotificationRequested, NotificationState, Urgency
from tests.notifier_builders import FakeProvider, pack, received, requested

PACK = pack()
LATER = Refused("temporary", "throttled")


class Bench:
    """A sender with what surrounds it."""

    def __init__(self, store: Store, *providers: FakeProvider, window: int = 10) -> None:
        self.at = datetime.now(UTC)
        self.store = store
        self.book = LedgerBook(store, "me", timedelta(seconds=5), lambda: self.at, lambda _: 1, lambda _: None)
        places = LinkPlaces("http://console/{alert_id}", "http://city", "http://notifier", b"s" * 32)
        self.sender = Sender(
            Channel.SMS, self.book, Addresses(store), providers, places, PACK.delivery, lambda: self.at, lambda: 0.0,
            window=window,
        )  # fmt: skip

    async def contact(self) -> str:
        await DutyList(self.store).put(
            [DutyEntry("A", Language.PL, (NewContact(Channel.SMS, "+48600100100"),))], self.at
        )
        async with self.store.database.read() as connection:
            return (await on_duty(connection, datetime.now(UTC)))[0].contacts[0].contact_id

    async def send(self, *events: NotificationRequested) -> None:
        await self.sender.handle([received(event) for event in events])
        await self.landed()

    async def landed(self) -> None:
        while self.sender._in_flight:
            await asyncio.wait(self.sender._in_flight)

    async def states(self) -> dict[str, int]:
        return {state: number for _, state, number in await self.book.counts()}


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'n.db'}"
    await upgrade(url, MIGRATIONS)
    made = Store(Database(url))
    yield made
    await made.stop()


async def test_a_provider_that_has_no_room_is_passed_over_at_once(store: Store) -> None:
    a, b = FakeProvider("a", LATER), FakeProvider("b")
    bench = Bench(store, a, b)
    await bench.send(requested(recipient_id=await bench.contact()))
    assert (len(a.sent), len(b.accepted)) == (1, 1)
    assert await bench.states() == {"handed_over": 1}


@pytest.mark.parametrize("outcome", [Unknown("timeout"), Refused("permanent", "no_such_number")])
async def test_only_a_certain_refusal_for_now_goes_to_the_other(store: Store, outcome: Unknown | Refused) -> None:
    a, b = FakeProvider("a", outcome), FakeProvider("b")
    bench = Bench(store, a, b)
    await bench.send(requested(recipient_id=await bench.contact()))
    assert (len(a.sent), len(b.sent)) == (1, 0)
    assert set(await bench.states()) == {"unknown" if isinstance(outcome, Unknown) else "failed"}


async def test_refused_by_all_it_waits_and_is_sent_when_they_take_it(store: Store) -> None:
    a = FakeProvider("a", LATER, None)
    bench = Bench(store, a)
    await bench.send(requested(recipient_id=await bench.contact()))
    due = await bench.sender.work_off()
    assert due is not None
    assert len(a.sent) == 1
    bench.at = due
    await bench.sender.work_off()
    await bench.landed()
    assert len(a.accepted) == 1
    assert await bench.states() == {"handed_over": 1}


async def test_it_expires_rather_than_ringing_too_late(store: Store) -> None:
    bench = Bench(store, FakeProvider("a", LATER))
    await bench.send(requested(recipient_id=await bench.contact(), expires_at=bench.at + timedelta(seconds=1)))
    assert await bench.states() == {"expired": 1}


async def test_unknown_is_asked_after_and_never_sent_again(store: Store) -> None:
    a = FakeProvider("a", Unknown("line_lost"))
    bench = Bench(store, a)
    event = requested(recipient_id=await bench.contact())
    await bench.send(event)
    for _ in range(3):
        bench.at += timedelta(seconds=30)
        await bench.sender.reconcile()
        await bench.sender.work_off()
        await bench.landed()
    assert len(a.sent) == 1
    assert await bench.states() == {"unknown": 1}
    a.known[event.notification_id] = NotificationState.DELIVERED
    bench.at += timedelta(minutes=10)
    await bench.sender.reconcile()
    assert await bench.states() == {"delivered": 1}


async def test_critical_passes_those_that_wait(store: Store) -> None:
    a = FakeProvider("a")
    a.hold = asyncio.Event()
    bench = Bench(store, a, window=2)
    to = await bench.contact()
    many = [requested(recipient_id=to, urgency=Urgency.LOW) for _ in range(20)]
    await bench.sender.handle([received(event) for event in many])
    critical = requested(recipient_id=to, urgency=Urgency.CRITICAL)
    await bench.sender.handle([received(critical)])
    a.hold.set()
    await bench.landed()
    await bench.sender.work_off()
    await bench.landed()
    assert a.accepted[2].notification_id == critical.notification_id
    while (await bench.states()).get("requested"):
        await bench.sender.work_off()
        await bench.landed()
    assert len({one.notification_id for one in a.accepted}) == 21


async def test_somebody_who_has_left_gets_nothing(store: Store) -> None:
    a = FakeProvider("a")
    bench = Bench(store, a)
    await bench.send(requested())
    assert a.sent == []
    assert await bench.states() == {"failed": 1}


async def test_an_adapter_that_breaks_leaves_an_unknown(store: Store) -> None:
    class Broken(FakeProvider):
        async def send(self, message: object) -> object:  # type: ignore[override]
            raise ZeroDivisionError

    bench = Bench(store, Broken("a"))
    await bench.send(requested(recipient_id=await bench.contact()))
    assert await bench.states() == {"unknown": 1}


async def test_stopping_waits_for_answers_but_not_for_ever(store: Store) -> None:
    a = FakeProvider("a")
    a.hold = asyncio.Event()
    bench = Bench(store, a)
    to = await bench.contact()
    await bench.sender.handle([received(requested(recipient_id=to))])
    await bench.sender.stop(patience_s=0.01)
    assert await bench.states() == {"claimed": 1}  # the next process finds it, and calls it unknown
    a.hold.set()
    await bench.sender.stop(patience_s=10)
    assert await bench.states() == {"handed_over": 1}
    await bench.sender.handle([received(requested(recipient_id=to))])
    assert await bench.states() == {"handed_over": 1, "requested": 1}, "a sender that was stopped claims nothing"
