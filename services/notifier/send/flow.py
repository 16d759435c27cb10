"""Send: a request → the ledger → a provider → what became of it.

Claimed on disk before the provider is called, settled after: what was in hand when a process died is *unknown* and never sent again.
The ledger is the queue: what the window has no room for, and what a provider refused for now, waits in it, the most urgent first.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Protocol

import structlog

from services.notifier import metrics
from services.notifier.send.core.choosing import Health, in_order
from services.notifier.send.core.ledger import next_question, settle
from services.notifier.send.core.links import LinkPlaces, links_for
from services.notifier.send.core.message import Address, Message, compose
from services.notifier.send.core.outcomes import Accepted, Outcome, Receipt, Refused, Unknown
from services.notifier.send.core.writing import Change, Entry, NewEntry
from shared.errors import Transient
from shared.events import Channel, NotificationRequested, NotificationState, Urgency
from shared.kafka.records import Received
from shared.pack import Delivery
from shared.telemetry import continue_trace
from shared.telemetry.metrics import RECORDS

__all__ = ["Directory", "Ledger", "Provider", "Sender"]

_log = structlog.get_logger()
_STOP_S = 12.0


class Provider(Protocol):
    """The other side of a wire. `send` raises nothing: every way to fail is an outcome."""

    @property
    def name(self) -> str: ...
    async def start(self) -> None: ...
    async def stop(self) -> None: ...
    @property
    def unready(self) -> list[str]: ...
    async def send(self, message: Message) -> Outcome: ...
    async def ask(self, notification_id: str, provider_message_id: str | None) -> Receipt | None:
        """What it knows of a message; None when it can't be asked or does not know."""
        ...


class Ledger(Protocol):
    """Everything is on disk when a call returns. All raise Transient."""

    async def enter(self, new: Sequence[NewEntry], claims: int) -> Sequence[Entry]: ...
    async def claim_waiting(self, channel: Channel, limit: int) -> Sequence[Entry]: ...
    async def next_attempt_at(self, channel: Channel) -> datetime | None: ...
    async def change(self, change: Change) -> None: ...
    async def book(self, receipt: Receipt) -> None: ...
    async def abandon(self, channel: Channel) -> int:
        """Makes unknown what dead processes had in hand; returns how many."""
        ...

    async def unknown(self, channel: Channel) -> Sequence[Entry]: ...


class Directory(Protocol):
    async def of(self, channel: Channel, recipient_ids: Sequence[str]) -> Mapping[str, Address]: ...


@dataclass(frozen=True, slots=True)
class _Answer:
    provider: str | None
    outcome: Outcome


class Sender:
    """One channel's. `jitter` gives numbers between 0 and 1; `delivery` the city's patience by channel and urgency."""

    def __init__(  # noqa: PLR0917 — the composition root's
        self,
        channel: Channel,
        ledger: Ledger,
        directory: Directory,
        providers: Sequence[Provider],
        places: LinkPlaces,
        delivery: Callable[[Channel, Urgency], Delivery],
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
        *,
        window: int,
    ) -> None:
        self.channel = channel
        self.stage = f"notifier.send-{channel}"
        self._ledger = ledger
        self._directory = directory
        self._providers = {provider.name: provider for provider in providers}
        self._places = places
        self._delivery = delivery
        self._clock = clock
        self._jitter = jitter
        self._window = window
        self._health: dict[str, Health] = {}
        self._in_flight: set[asyncio.Task[None]] = set()
        self._room_or_work = asyncio.Event()
        self._backlog = False

    async def handle(self, batch: list[Received[NotificationRequested]]) -> None:
        """Returns once all are in the ledger; sending goes on behind. Raises Transient."""
        new = [NewEntry(received.event, received.trace) for received in batch]
        ids = list({each.event.recipient_id for each in new})
        entered, addresses = await asyncio.gather(
            self._ledger.enter(new, self._room()), self._directory.of(self.channel, ids)
        )
        RECORDS.labels(self.stage, "entered", "requested").inc(len(entered))
        RECORDS.labels(self.stage, "dropped", "repeated").inc(len(new) - len(entered))
        self._send_all(entered, addresses)
        if any(entry.state is NotificationState.REQUESTED for entry in entered):
            self._backlog = True
            self._room_or_work.set()

    async def work_off(self) -> datetime | None:
        """Claims and sends what waits and is due, as far as there is room; returns when the next is due. Raises Transient."""
        self._room_or_work.clear()
        if not self._backlog:
            due = await self._ledger.next_attempt_at(self.channel)
            if due is None or due > self._clock():
                return due
        room = self._room()
        if room:
            claimed = await self._ledger.claim_waiting(self.channel, room)
            ids = list({entry.event.recipient_id for entry in claimed})
            self._send_all(claimed, await self._directory.of(self.channel, ids))
            self._backlog = len(claimed) == room
        return None if self._backlog else await self._ledger.next_attempt_at(self.channel)

    async def wait_for_work(self, timeout_s: float) -> None:
        """Until something came to wait or room came for it."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._room_or_work.wait()
        except TimeoutError:
            pass

    async def reconcile(self) -> None:
        """Marks as unknown what dead processes left in hand, and asks providers after what is unknown. Raises Transient."""
        left = await self._ledger.abandon(self.channel)
        if left:
            _log.warning("unknown", channel=self.channel, reason="process_died", notifications=left)
        for entry in await self._ledger.unknown(self.channel):
            await self._ask(entry)

    async def stop(self, patience_s: float = _STOP_S) -> None:
        """Claims nothing more, and waits for the answers of what is in flight; what gets none in time is unknown to the next process."""
        self._window = 0
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=patience_s)

    def _room(self) -> int:
        return max(0, self._window - len(self._in_flight))

    def _send_all(self, entries: Sequence[Entry], addresses: Mapping[str, Address]) -> None:
        for entry in entries:
            if entry.state is NotificationState.CLAIMED:
                task = asyncio.create_task(self._send(entry, addresses.get(entry.event.recipient_id)))
                self._in_flight.add(task)
                task.add_done_callback(self._landed)
        metrics.WINDOW.labels(self.channel).set(len(self._in_flight))

    def _landed(self, task: "asyncio.Task[None]") -> None:
        self._in_flight.discard(task)
        if self._backlog and self._room() * 4 >= self._window:  # a claim is a commit: not one for each that lands
            self._room_or_work.set()
        metrics.WINDOW.labels(self.channel).set(len(self._in_flight))

    async def _send(self, entry: Entry, address: Address | None) -> None:
        with continue_trace(entry.trace, self.stage):
            answer = await self._offered(entry, address)
            await self._settle(entry, answer)

    async def _offered(self, entry: Entry, address: Address | None) -> _Answer:
        """To one provider after the other, as long as each certainly does not have it."""
        if address is None:
            return _Answer(None, Refused("permanent", "recipient_gone"))
        try:
            message = compose(entry.event, address, links_for(entry.event, address, self._places))
        except (KeyError, ValueError):
            return _Answer(None, Refused("permanent", "words_not_understood"))
        answer = _Answer(None, Refused("temporary", "no_provider"))
        for name in in_order(list(self._providers), self._health, self._clock()):
            answer = _Answer(name, await self._offer(self._providers[name], message))
            if not (isinstance(answer.outcome, Refused) and answer.outcome.kind == "temporary"):
                break
        return answer

    async def _offer(self, provider: Provider, message: Message) -> Outcome:
        began = perf_counter()
        try:
            outcome = await provider.send(message)
        except Exception as error:  # noqa: BLE001 — an adapter's mistake must not lose what it had in hand
            _log.exception("provider_failed", provider=provider.name, notification_id=message.notification_id)
            outcome = Unknown(f"adapter_{type(error).__name__}".lower()[:80])
        metrics.PROVIDER_SECONDS.labels(self.channel, provider.name).observe(perf_counter() - began)
        metrics.OUTCOMES.labels(self.channel, provider.name, *_named(outcome)).inc()
        self._learn(provider.name, outcome)
        return outcome

    def _learn(self, name: str, outcome: Outcome) -> None:
        if isinstance(outcome, Accepted):
            self._health.pop(name, None)
        elif isinstance(outcome, Unknown) or outcome.kind == "temporary":
            before = self._health.get(name)
            self._health[name] = Health((before.failures if before else 0) + 1, self._clock())

    async def _settle(self, entry: Entry, answer: _Answer) -> None:
        event, now = entry.event, self._clock()
        settlement = settle(
            answer.outcome,
            attempts=entry.attempts,
            delivery=self._delivery(self.channel, event.urgency),
            expires_at=event.expires_at,
            now=now,
            jitter=self._jitter(),
        )
        if settlement.state is None:
            metrics.RETRIES.labels(self.channel, settlement.reason).inc()
            self._room_or_work.set()  # somebody has to look at when it is due
        change = Change(
            entry.notification_id,
            settlement.state,
            settlement.reason,
            settlement.next_attempt_at,
            answer.provider,
            settlement.provider_message_ids,
            settlement.parts_total,
        )
        while True:
            try:
                await self._ledger.change(change)
            except Transient as error:
                # It was sent: until the ledger knows, this process holds on to it. Should it die first, it is unknown.
                _log.warning("not_settled_yet", notification_id=entry.notification_id, reason=error.reason)
                await asyncio.sleep(0.5)
            else:
                return

    async def _ask(self, entry: Entry) -> None:
        receipt = None
        for name in [entry.provider] if entry.provider else list(self._providers):
            if receipt is None and name in self._providers:
                receipt = await self._providers[name].ask(entry.notification_id, entry.provider_message_id)
        metrics.QUESTIONS.labels(self.channel, receipt.state if receipt else "no_answer").inc()
        if receipt is not None:
            await self._ledger.book(receipt)
        else:
            later = next_question(entry.changed_at, self._clock())
            await self._ledger.change(Change(entry.notification_id, None, "unknown_to_provider", later))


def _named(outcome: Outcome) -> tuple[str, str]:
    match outcome:
        case Accepted():
            return "accepted", "accepted"
        case Refused(kind, reason):
            return f"refused_{kind}", reason
        case Unknown(reason):
            return "unknown", reason
