"""The notifier's database on SQLite and on PostgreSQL: the ledger's batches, the plan's transactions, residents around a place."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely

from services.notifier.adapters.store import plans
from services.notifier.adapters.store.addresses import Addresses
from services.notifier.adapters.store.book import LedgerBook
from services.notifier.adapters.store.duty import DutyEntry, DutyList, NewContact, on_duty
from services.notifier.adapters.store.planning import PlanTransactions
from services.notifier.adapters.store.rosters import Rosters
from services.notifier.adapters.store.subscriptions import Subscriptions
from services.notifier.adapters.store.writing import Store
from services.notifier.core.confirmation import CodeAnswer
from services.notifier.migrations import MIGRATIONS
from services.notifier.plan.broadcasting import Broadcaster, circle
from services.notifier.plan.core.requesting import Request
from services.notifier.plan.core.roster import Shift
from services.notifier.plan.flow import Planner
from services.notifier.send.core.outcomes import Receipt
from services.notifier.send.core.writing import Change, Changed, NewEntry
from services.notifier.subscribing.bodies import SubscriptionBody
from services.notifier.subscribing.entering import new_subscription
from services.notifier.subscribing.flow import Subscribing
from shared.database import Database, upgrade
from shared.events import AlertState, Channel, Language, NotificationSettled, Urgency
from shared.events import NotificationState as State
from tests.notifier_builders import alert, pack, received, requested

PACK = pack()
LEASE = timedelta(seconds=5)


@dataclass
class Clock:
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass
class Kept:
    """An outbox that only remembers."""

    requests: list[Request] = field(default_factory=list)

    async def produce(self, requests: Sequence[Request]) -> None:
        self.requests += requests


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    is_sqlite = request.param == "sqlite"
    url = f"sqlite+aiosqlite:///{tmp_path / 'n.db'}" if is_sqlite else request.getfixturevalue("postgres_url")
    await upgrade(url, MIGRATIONS)
    made = Store(Database(url))
    yield made
    await made.stop()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def book(store: Store, clock: Clock, name: str = "me", changed: list[Changed] | None = None) -> LedgerBook:
    told = changed if changed is not None else []
    return LedgerBook(store, name, LEASE, clock, lambda _: 1, told.extend)


async def states(ledger: LedgerBook) -> dict[str, int]:
    return {state: number for _, state, number in await ledger.counts()}


def handed_over(identity: str, clock: Clock, *ids: str) -> Change:
    return Change(identity, State.HANDED_OVER, "accepted", clock(), "a", ids, len(ids))


async def test_a_repeated_request_is_entered_once_and_the_urgent_are_claimed_first(store: Store, clock: Clock) -> None:
    ledger = book(store, clock)
    low, critical = requested(clock(), urgency=Urgency.LOW), requested(clock(), urgency=Urgency.CRITICAL)
    entered = await ledger.enter([NewEntry(low, None), NewEntry(critical, None), NewEntry(low, None)], 1)
    assert {entry.notification_id: entry.state for entry in entered} == {
        critical.notification_id: State.CLAIMED,
        low.notification_id: State.REQUESTED,
    }
    assert await ledger.enter([NewEntry(low, None), NewEntry(critical, None)], 5) == []
    (waiting,) = await ledger.claim_waiting(Channel.SMS, 10)
    assert (waiting.notification_id, waiting.attempts) == (low.notification_id, 1)
    assert await ledger.claim_waiting(Channel.SMS, 10) == []


async def test_what_expired_on_its_way_is_not_sent(store: Store, clock: Clock) -> None:
    told: list[Changed] = []
    ledger = book(store, clock, changed=told)
    late = requested(clock(), expires_at=clock() - timedelta(seconds=1))
    (entry,) = await ledger.enter([NewEntry(late, None)], 5)
    assert entry.state is State.EXPIRED
    assert [one.entry.state for one in told] == [State.EXPIRED]


async def test_a_refused_one_waits_for_its_time(store: Store, clock: Clock) -> None:
    ledger = book(store, clock)
    (entry,) = await ledger.enter([NewEntry(requested(clock()), None)], 1)
    due = clock() + timedelta(seconds=5)
    await ledger.change(Change(entry.notification_id, None, "throttled", due))
    assert await ledger.claim_waiting(Channel.SMS, 5) == []
    assert await ledger.next_attempt_at(Channel.SMS) == due
    clock.advance(6)
    (again,) = await ledger.claim_waiting(Channel.SMS, 5)
    assert again.attempts == 2


async def test_receipts_early_late_and_twice(store: Store, clock: Clock) -> None:
    told: list[Changed] = []
    ledger = book(store, clock, changed=told)
    events = [requested(clock()) for _ in range(3)]
    early, twice, late = [entry.notification_id for entry in await ledger.enter([NewEntry(e, None) for e in events], 3)]
    arrived = Receipt("a", "m1", None, State.DELIVERED, "receipt")
    await ledger.book(arrived)  # before the answer to the submission, and without our reference
    await ledger.change(handed_over(early, clock, "m1"))
    await ledger.change(handed_over(twice, clock, "m2"))
    await asyncio.gather(*(ledger.book(Receipt("a", "m2", None, State.DELIVERED, "receipt")) for _ in range(5)))
    await ledger.change(handed_over(late, clock, "m3"))
    await ledger.book(Receipt("a", "m3", None, State.FAILED, "undeliverable"))
    await ledger.book(Receipt("a", "m3", None, State.DELIVERED, "receipt"))
    assert await states(ledger) == {"delivered": 2, "failed": 1}
    assert [one.entry.state for one in told].count(State.DELIVERED) == 2


async def test_a_receipt_may_overtake_the_answer_and_the_answer_changes_nothing(store: Store, clock: Clock) -> None:
    ledger = book(store, clock)
    (entry,) = await ledger.enter([NewEntry(requested(clock()), None)], 1)
    await ledger.book(Receipt("a", "m1", entry.notification_id, State.DELIVERED, "receipt"))
    await ledger.change(handed_over(entry.notification_id, clock, "m1"))
    assert await states(ledger) == {"delivered": 1}


async def test_two_parts_arrive_when_both_have(store: Store, clock: Clock) -> None:
    ledger = book(store, clock)
    (entry,) = await ledger.enter([NewEntry(requested(clock()), None)], 1)
    await ledger.change(handed_over(entry.notification_id, clock, "p1", "p2"))
    await ledger.book(Receipt("a", "p1", None, State.DELIVERED, "receipt"))
    assert await states(ledger) == {"handed_over": 1}
    await ledger.book(Receipt("a", "p2", None, State.DELIVERED, "receipt"))
    assert await states(ledger) == {"delivered": 1}


async def test_another_provider_cannot_speak_for_it(store: Store, clock: Clock) -> None:
    ledger = book(store, clock)
    (entry,) = await ledger.enter([NewEntry(requested(clock()), None)], 1)
    await ledger.change(handed_over(entry.notification_id, clock, "m1"))
    await ledger.book(Receipt("b", None, entry.notification_id, State.FAILED, "forged"))
    assert await states(ledger) == {"handed_over": 1}


async def test_what_a_dead_process_had_in_hand_is_unknown_and_not_claimed_again(store: Store, clock: Clock) -> None:
    dead, alive = book(store, clock, "dead"), book(store, clock, "alive")
    await dead.beat()
    (entry,) = await dead.enter([NewEntry(requested(clock()), None)], 1)
    await alive.beat()
    assert await alive.abandon(Channel.SMS) == 0
    clock.advance(6)
    await alive.beat()
    assert await alive.abandon(Channel.SMS) == 1
    assert await alive.claim_waiting(Channel.SMS, 5) == []
    assert await states(alive) == {"unknown": 1}
    clock.advance(3)
    (asked,) = await alive.unknown(Channel.SMS)
    await alive.book(Receipt("b", None, asked.notification_id, State.DELIVERED, "receipt"))
    assert await states(alive) == {"delivered": 1}
    await dead.change(handed_over(entry.notification_id, clock, "m1"))  # it was not dead after all
    assert await states(alive) == {"delivered": 1}


async def test_what_was_not_told_is_told_later_once(store: Store, clock: Clock) -> None:
    ledger = book(store, clock)
    await ledger.beat()
    (entry,) = await ledger.enter([NewEntry(requested(clock()), None)], 1)
    await ledger.change(handed_over(entry.notification_id, clock, "m1"))
    assert await ledger.unpublished() == []  # its own process is at it
    clock.advance(6)
    (line,) = await ledger.unpublished()
    assert line.state is State.HANDED_OVER
    await ledger.mark_published([(entry.notification_id, line.state, line.attempts)])
    assert await ledger.unpublished() == []


async def seeded(store: Store, clock: Clock) -> None:
    contacts = (NewContact(Channel.SMS, "+48600100100"), NewContact(Channel.EMAIL, "a@x.pl"))
    await DutyList(store).put([DutyEntry("Anna", Language.PL, contacts)], clock())


async def test_a_batch_planned_twice_asks_once_and_an_answer_in_the_same_batch_stops_its_steps(
    store: Store, clock: Clock
) -> None:
    await seeded(store, clock)
    outbox = Kept()
    planner = Planner(PACK, PlanTransactions(store), outbox, clock)
    first = alert(clock())
    answered = first.model_copy(update={"version": 2, "state": AlertState.ACKNOWLEDGED})
    open_one = alert(clock())
    batch = [received(one) for one in (first, answered, open_one)]
    await planner.handle(batch)
    await planner.handle(batch)
    assert len(outbox.requests) == 4
    clock.advance(121)
    assert await planner.take_due_steps() == 1
    assert await planner.take_due_steps() == 0
    assert {request.event.purpose for request in outbox.requests[4:]} == {"escalation"}
    assert {request.event.alert_id for request in outbox.requests[4:]} == {open_one.alert_id}


async def test_what_was_not_produced_stays_in_the_outbox(store: Store, clock: Clock) -> None:
    await seeded(store, clock)
    outbox = Kept()
    await Planner(PACK, PlanTransactions(store), outbox, clock).handle([received(alert(clock()))])
    async with store.database.read() as connection:
        left = await plans.unproduced(connection, clock() + timedelta(seconds=1), 10)
    assert {one.event.event_id for one in left} == {one.event.event_id for one in outbox.requests}
    ids = [one.event.notification_id for one in left]
    await store.write(lambda connection: plans.mark_produced(connection, ids))
    async with store.database.read() as connection:
        assert await plans.unproduced(connection, clock() + timedelta(seconds=1), 10) == []


def subscribing(store: Store, clock: Clock) -> Subscribing:
    class NoAsking:
        async def ask(self, request: Request, now: datetime) -> None: ...

    return Subscribing(PACK, Subscriptions(store), NoAsking(), b"s" * 32, clock, code_good_for=timedelta(minutes=15))


async def subscribe(store: Store, clock: Clock, count: int, **changes: Any) -> None:
    bodies = [
        SubscriptionBody.model_validate(
            {
                "channel": "sms",
                "address": f"+4860010{number:04d}",
                "area": {"districts": ["stare-miasto"]},
                "language": "pl",
            }
            | changes
        )
        for number in range(count)
    ]
    await Subscriptions(store).add([new_subscription(body, PACK, "token", clock.at, None) for body in bodies])


async def broadcast(
    store: Store, clock: Clock, limit: int, one: Any
) -> tuple[list[Request], list[NotificationSettled]]:
    city = PACK.city.model_copy(update={"limits": PACK.city.limits.model_copy(update={"publish_recipients": limit})})
    small = PACK.model_copy(update={"city": city})
    outbox, refused, transactions = Kept(), list[NotificationSettled](), PlanTransactions(store)

    async def announce(event: NotificationSettled) -> None:
        refused.append(event)

    await Planner(small, transactions, outbox, clock).handle([received(one)])
    broadcaster = Broadcaster(small, transactions, outbox, announce, clock)
    while await broadcaster.take_step():
        pass
    return [request for request in outbox.requests if request.event.purpose == "publish"], refused


async def test_those_around_are_told_once_in_steps_and_others_are_not(store: Store, clock: Clock) -> None:
    await subscribe(store, clock, 1_200)
    await subscribe(store, clock, 5, area={"districts": ["przekopana"]})
    await subscribe(store, clock, 5, categories=["flood"])
    told, refused = await broadcast(store, clock, 5_000, alert(clock(), public=True, public_text="Okna!"))
    assert len({one.event.recipient_id for one in told}) == len(told) == 1_200
    assert refused == []
    assert all("•••" in one.event.recipient for one in told)


async def test_above_the_limit_nobody_is_told_and_the_refusal_is_seen(store: Store, clock: Clock) -> None:
    await subscribe(store, clock, 11)
    told, refused = await broadcast(store, clock, 10, alert(clock(), public=True))
    assert told == []
    assert [(one.state, one.reason, one.purpose) for one in refused] == [("failed", "too_many_recipients", "publish")]


async def test_a_published_alert_without_a_place_tells_nobody(store: Store, clock: Clock) -> None:
    await subscribe(store, clock, 1)
    told, refused = await broadcast(store, clock, 10, alert(clock(), public=True, lat=None, lon=None))
    assert told == []
    assert refused[0].reason == "no_place"


async def test_a_thousand_guesses_at_once_are_five(store: Store, clock: Clock) -> None:
    flow = subscribing(store, clock)
    body = SubscriptionBody.model_validate(
        {"channel": "sms", "address": "+48600100100", "area": {"districts": ["zasanie"]}, "language": "pl"}
    )
    added = await flow.subscribe(body)
    answers = await asyncio.gather(*(flow.confirm(added.subscription_id, f"{guess:06d}") for guess in range(40)))
    assert answers.count(CodeAnswer.WRONG) <= 4
    assert CodeAnswer.CONFIRMED not in answers


async def test_areas_drawn_alike_are_kept_once_and_the_index_learns_new_ones(store: Store, clock: Clock) -> None:
    await subscribe(store, clock, 3)
    transactions = PlanTransactions(store)
    place = circle(49.7818, 22.7682, 100)
    first, _ = await transactions.look(lambda transaction: transaction.around(place, "", 100))
    drawn = {
        "type": "Polygon",
        "coordinates": [[[22.76, 49.78], [22.78, 49.78], [22.78, 49.79], [22.76, 49.79], [22.76, 49.78]]],
    }
    await subscribe(store, clock, 2, area=drawn)
    second, _ = await transactions.look(lambda transaction: transaction.around(place, "", 100))
    assert (len(first), len(second)) == (3, 5)
    assert shapely.equals(place, place)


async def test_a_phone_that_is_gone_is_no_address_any_more(store: Store, clock: Clock) -> None:
    keys = {"p256dh": "p" * 87, "auth": "a" * 22}
    await DutyList(store).put(
        [DutyEntry("Jan", Language.PL, (NewContact(Channel.APP, "http://push/1", keys),))], clock()
    )
    async with store.database.read() as connection:
        contact = (await on_duty(connection, datetime.now(UTC)))[0].contacts[0]
    addresses = Addresses(store)
    assert (await addresses.of(Channel.APP, [contact.contact_id]))[contact.contact_id].push_keys == keys
    await addresses.forget_endpoint("http://push/1", "subscription_gone")
    assert await addresses.of(Channel.APP, [contact.contact_id]) == {}


async def test_a_roster_decides_who_of_a_team_is_told(store: Store) -> None:
    at = datetime.now(UTC)
    people = [
        DutyEntry(name, Language.PL, (NewContact(Channel.SMS, f"+4860010000{number}"),))
        for number, name in enumerate(("Anna", "Jan"))
    ]
    await DutyList(store).put(people, at)
    rosters, hour = Rosters(store), timedelta(hours=1)

    async def off() -> list[set[str]]:
        async with store.database.read() as connection:
            return sorted(set(person.off) for person in await on_duty(connection, at))

    assert await off() == [set(), set()]
    await rosters.replace("water", [Shift("water", "Anna", at - hour, at + hour)], at - hour)
    assert await off() == [set(), {"water"}]
    await rosters.replace("water", [Shift("water", "Anna", at + hour, at + 2 * hour)], at - hour)
    assert await off() == [set(), set()], "in a gap all are told"
    assert [shift.name for shift in await rosters.between("water", at, at + 3 * hour)] == ["Anna"]
    assert await rosters.clear("water")
    assert not await rosters.clear("water")
