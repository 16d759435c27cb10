"""Composition root: the only file that wires the notifier's flows, cores, database, Kafka and providers together."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI

from services.notifier import metrics
from services.notifier.adapters.announcer import Announcer
from services.notifier.adapters.answer_log import AnswerLog
from services.notifier.adapters.asking import Asking
from services.notifier.adapters.client_limit import ClientLimit
from services.notifier.adapters.outbox import KafkaOutbox
from services.notifier.adapters.store.addresses import Addresses
from services.notifier.adapters.store.answers import Answers
from services.notifier.adapters.store.book import LedgerBook
from services.notifier.adapters.store.planning import PlanTransactions
from services.notifier.adapters.store.subscriptions import Subscriptions
from services.notifier.adapters.store.writing import Store
from services.notifier.answering.api import answering_router
from services.notifier.answering.flow import Answering
from services.notifier.api import make_router
from services.notifier.background import Alarm, again_and_again
from services.notifier.callbacks import Callbacks
from services.notifier.migrations import MIGRATIONS
from services.notifier.plan.broadcasting import Broadcaster
from services.notifier.plan.flow import STAGE, Planner
from services.notifier.providers import make_providers
from services.notifier.send.core.links import LinkPlaces, stand_in_links
from services.notifier.send.core.message import Address, compose
from services.notifier.send.core.outcomes import Receipt
from services.notifier.send.core.sms_text import write_sms
from services.notifier.send.flow import Provider, Sender
from services.notifier.settings import NotifierSettings
from services.notifier.subscribing.flow import Subscribing
from shared.database import Database, upgrade_apart
from shared.events import Channel, NotificationRequested, NotificationState
from shared.ids import new_id
from shared.kafka.consuming import BatchStage, consume_batches
from shared.kafka.hosting import KafkaHost
from shared.kafka.producing import Producer
from shared.kafka.starting import make_broker
from shared.pack import load_pack
from shared.topics import ALERTS, REQUESTED
from shared.web import make_app

__all__ = ["Notifier", "make_notifier"]


def now() -> datetime:
    return datetime.now(UTC)


class Notifier:
    """Every part of the process. Raises PackError, and ValueError or OSError for keys and certificates that can't be read."""

    def __init__(self, settings: NotifierSettings) -> None:
        self.settings = settings
        self.pack = load_pack(settings.pack_dir, phrases=False)
        self.database = Database(settings.database_url)
        self.store = Store(self.database)
        secret = settings.secret.get_secret_value().encode()
        self.places = LinkPlaces(settings.alert_url, settings.public_url, settings.base_url, secret)
        self.producer = Producer(settings.kafka_bootstrap_servers, "notifier", timeout_s=settings.produce_timeout_s)
        self.outbox = KafkaOutbox(self.store, self.producer, now)
        self.announcer = Announcer(self.producer, now)
        self.book = LedgerBook(
            self.store,
            new_id(now()),
            timedelta(seconds=settings.lease_s),
            now,
            self._parts_expected,
            self.announcer.changed,
        )
        self.announcer.book = self.book
        addresses = Addresses(self.store)
        self.providers = make_providers(
            settings,
            self.pack.city.sms,
            self._receive,
            self._take_text,
            lambda endpoint: addresses.forget_endpoint(endpoint, "subscription_gone"),
        )
        self.senders = {
            channel: self._sender(channel, addresses, providers) for channel, providers in self.providers.items()
        }
        self._plan(settings)
        self._edge(settings, secret)
        self.host = self._kafka()

    def _edge(self, settings: NotifierSettings, secret: bytes) -> None:
        self.subscribing = Subscribing(
            self.pack,
            Subscriptions(self.store),
            Asking(self.store, self.outbox),
            secret,
            now,
            code_good_for=timedelta(seconds=settings.code_good_for_s),
        )
        self.answering = Answering(
            Answers(self.store),
            AnswerLog(self.producer),
            self.pack.city.id,
            secret,
            now,
            pause=lambda: asyncio.sleep(settings.answer_poll_s),
        )
        self.callbacks = Callbacks(
            {name: token.get_secret_value() for name, token in settings.callback_tokens.items()}, self._receive
        )

    def _plan(self, settings: NotifierSettings) -> None:
        self.transactions = PlanTransactions(self.store)
        self.steps_wait, self.broadcasts_wait = Alarm(), Alarm()
        self.planner = Planner(
            self.pack,
            self.transactions,
            self.outbox,
            now,
            time_scale=settings.time_scale,
            steps_wait=self.steps_wait.ring,
            broadcasts_wait=self.broadcasts_wait.ring,
        )
        self.broadcaster = Broadcaster(self.pack, self.transactions, self.outbox, self.announcer.announce, now)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        if self.settings.migrate_on_start:
            await upgrade_apart(self.settings.database_url, MIGRATIONS)
        await self.book.beat()  # alive before anything is claimed
        for provider in self._every_provider():
            await provider.start()
        loops = [asyncio.create_task(loop) for loop in self._loops()]
        try:
            async with self.host:
                yield
                # Nothing new is begun; what is in flight gets its answer, and is settled and told.
                await _ended(loops)
                await asyncio.gather(*(sender.stop() for sender in self.senders.values()))
                await self.announcer.stop()
                await self.outbox.stop()
        finally:
            await _ended(loops)
            await asyncio.gather(*(provider.stop() for provider in self._every_provider()))
            await self.book.leave()
            await self.store.stop()

    async def unready(self) -> list[str]:
        return self.host.unready + await self.database.unready()

    def _sender(self, channel: Channel, addresses: Addresses, providers: Sequence[Provider]) -> Sender:
        windows = {
            Channel.SMS: self.settings.sms_window,
            Channel.EMAIL: self.settings.email_window,
            Channel.APP: self.settings.app_window,
        }
        return Sender(
            channel,
            self.book,
            addresses,
            providers,
            self.places,
            self.pack.delivery,
            now,
            random.random,
            window=windows[channel],
        )

    def _kafka(self) -> KafkaHost:
        settings = self.settings
        broker = make_broker(settings.kafka_bootstrap_servers, "notifier")
        stages: list[BatchStage[object]] = [
            consume_batches(
                broker,
                [ALERTS],
                STAGE,
                self.planner.handle,
                dead_letters=self.producer,
                max_records=settings.batch_records,
            )
        ]
        stages += [
            consume_batches(
                broker,
                [REQUESTED[channel]],
                sender.stage,
                sender.handle,
                dead_letters=self.producer,
                max_records=settings.batch_records,
            )
            for channel, sender in self.senders.items()
        ]
        return KafkaHost(
            "notifier",
            settings.kafka_bootstrap_servers,
            broker=broker,
            producer=self.producer,
            stages=stages,
            lag_interval_s=settings.lag_interval_s,
        )

    def _loops(self) -> list[Coroutine[Any, Any, None]]:
        """Everything that goes on beside the stages; each ends by being cancelled."""
        settings, sweep_s = self.settings, self.settings.sweep_s

        def loop(
            what: str,
            work: Callable[[], Awaitable[datetime | None]],
            wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
            at_the_latest_s: float = sweep_s,
        ) -> Coroutine[Any, Any, None]:
            return again_and_again(what, work, wait, now, at_the_latest_s)

        senders = self.senders.values()
        return [
            loop("heartbeat", self._beat, at_the_latest_s=settings.lease_s / 5),
            loop("escalations", self._take_steps, self.steps_wait.wait),
            loop("broadcasts", self._broadcast, self.broadcasts_wait.wait),
            loop("left-overs", self._sweep),
            loop("counting", self._count, at_the_latest_s=settings.count_s),
            *(loop(f"waiting-{sender.channel}", sender.work_off, sender.wait_for_work) for sender in senders),
            *(loop(f"unknown-{sender.channel}", sender.reconcile) for sender in senders),
        ]

    async def _beat(self) -> None:
        await self.book.beat()

    async def _take_steps(self) -> datetime | None:
        due = await self.transactions.next_due_at()
        while due is not None and due <= now():
            await self.planner.take_due_steps()
            due = await self.transactions.next_due_at()
        return due

    async def _broadcast(self) -> None:
        while await self.broadcaster.take_step():
            pass

    async def _sweep(self) -> None:
        await self.outbox.produce_left()
        await self.announcer.tell_left()

    async def _count(self) -> None:
        counted = {(channel, state): number for channel, state, number in await self.book.counts()}
        for channel in Channel:
            for state in NotificationState:
                metrics.NOTIFICATIONS.labels(channel, state).set(counted.get((channel, state), 0))

    async def _receive(self, receipt: Receipt) -> None:
        """Raises Transient: then the provider sends it again."""
        metrics.RECEIPTS.labels(Channel.SMS, receipt.provider, receipt.state).inc()
        await self.book.book(receipt)

    async def _take_text(self, phone: str, text: str) -> None:
        """Raises Transient: then the provider sends it again."""
        await self.answering.take_text(phone, text)

    def _parts_expected(self, event: NotificationRequested) -> int:
        if event.channel is not Channel.SMS:
            return 1
        message = compose(event, Address(event.channel, ""), stand_in_links(event, self.places))
        return len(write_sms(message.body, self.pack.city.sms).parts)

    def _every_provider(self) -> list[Provider]:
        return [provider for providers in self.providers.values() for provider in providers]


async def _ended(loops: Sequence["asyncio.Task[None]"]) -> None:
    for loop in loops:
        loop.cancel()
    await asyncio.gather(*loops, return_exceptions=True)


def make_notifier(settings: NotifierSettings) -> FastAPI:
    """The service as an application; its stages run inside the application's lifespan. Raises PackError, ValueError, OSError."""
    notifier = Notifier(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with notifier.running():
            yield

    app = make_app(
        "notifier",
        version=version("hejnal"),
        description="Who is told, by which channel, and proof of it.",
        lifespan=lifespan,
        readiness=notifier.unready,
        max_body_bytes=settings.max_body_bytes,
        media_types=dict.fromkeys(
            ("/leave/", "/a/"), frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
        ),
        serves_metrics=settings.metrics_host is None,
    )
    limit = ClientLimit(settings.subscriptions_per_client, int(settings.subscriptions_window_s))
    app.include_router(make_router(notifier.subscribing, notifier.callbacks, limit, settings.trusted_proxies))
    app.include_router(answering_router(notifier.answering, settings.alert_url))
    return app
