"""An at-least-once stage: records in batches, offsets committed only after the handler has ended, and then twice a second at the most.

Whoever is redelivered what was handled drops it anyway, and a commit after each small batch cost the broker more than the records did.

FastStream hosts the consumer. Bad records go to dead letters before the handler sees the batch; while infrastructure
fails the same batch is tried again with backoff, and is not committed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain
from time import monotonic, perf_counter
from typing import Any, Final, Generic, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from shared.errors import Invalid, Transient
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.raw import RawRecord
from shared.kafka.records import Received, decode
from shared.telemetry.metrics import BATCH_RECORDS, BATCH_SECONDS, RECORDS
from shared.topics import Topic

__all__ = ["BatchStage", "consume_batches", "gathering", "subscribe_raw"]

E = TypeVar("E")
_log = structlog.get_logger()
_LONG_POLL_MS: Final = 500
_GATHERED_BYTES: Final = 262_144
_COMMIT_EVERY_S: Final = 0.5
_BACKOFF_S: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


def consume_batches(
    broker: KafkaBroker,
    topics: Sequence[Topic],
    stage: str,
    handle: Callable[[list[Received[Any]]], Awaitable[None]],
    *,
    dead_letters: DeadLetters,
    max_records: int = 500,
    gather_ms: int = 0,
) -> "BatchStage[Any]":
    """Registers a stage with the broker; call it before the broker starts.

    Args:
        broker: made by `make_broker`.
        topics: what it reads; all in the one consumer group `stage`.
        stage: `<service>.<what it does>`, the consumer group's and the metrics' name.
        handle: gets the decoded records in order within a partition; returns once their effects are kept. It raises Transient when
            infrastructure fails (the whole batch comes again) and puts records that are bad in meaning into dead letters itself.
        dead_letters: where records that can't be decoded go.
        max_records: at the most in one batch.
        gather_ms: lets the broker gather for so long what comes in a trickle: it is latency, and saves fetches and commits.
    """
    batches = BatchStage(stage, {topic.name: topic for topic in topics}, handle, dead_letters)
    batches.subscriber = subscribe_raw(
        broker,
        topics,
        stage,
        batches.consume,
        ack_policy=AckPolicy.MANUAL,
        max_records=max_records,
        between=batches.commit_now_and_then,
        listener=batches,
        **gathering(gather_ms),
    )
    return batches


class BatchStage(ConsumerRebalanceListener, Generic[E]):  # type: ignore[misc] # aiokafka is untyped
    """See `consume_batches`."""

    def __init__(
        self,
        name: str,
        topics: dict[str, Topic],
        handle: Callable[[list[Received[E]]], Awaitable[None]],
        dead_letters: DeadLetters,
    ) -> None:
        self.name = name
        self.subscriber: Any = None
        self.handled: dict[TopicPartition, int] = {}
        self.in_hand_since_ms: int | None = None
        self._topics = topics
        self._handle = handle
        self._dead_letters = dead_letters
        self._failing: str | None = None
        self._uncommitted: dict[TopicPartition, int] = {}
        self._committed_at_s = 0.0
        self._is_stopping = False

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        return self.subscriber.consumer if self.subscriber else None

    @property
    def unready(self) -> list[str]:
        """Why this stage can't do its work at present, for /readyz."""
        if self._failing:
            return [f"{self.name}: {self._failing}"]
        if self.consumer is None or not self.consumer.assignment():
            return [f"{self.name}: no partitions assigned yet"]
        return []

    async def consume(self, records: tuple[RawRecord, ...]) -> None:
        self.in_hand_since_ms = min(record.timestamp for record in records)
        began = perf_counter()
        try:
            await self._until_it_works(records)
        except Exception:
            self._rewind(records)  # FastStream logs it and goes on, from where the consumer stands
            await asyncio.sleep(_BACKOFF_S[2])
            raise
        for record in records:
            self._uncommitted[TopicPartition(record.topic, record.partition)] = record.offset + 1
        self.handled |= self._uncommitted
        self.in_hand_since_ms = None
        if self._is_stopping:
            await self.commit()
        BATCH_RECORDS.labels(self.name).observe(len(records))
        BATCH_SECONDS.labels(self.name).observe(perf_counter() - began)

    async def commit_now_and_then(self) -> None:
        """Between two batches."""
        if self._uncommitted and monotonic() - self._committed_at_s >= _COMMIT_EVERY_S:
            await self.commit()

    async def commit(self) -> None:
        """Tells the group what is handled. Where that fails the records come again, to this process or to another."""
        offsets, self._uncommitted = self._uncommitted, {}
        self._committed_at_s = monotonic()
        consumer = self.consumer
        mine = {at: offset for at, offset in offsets.items() if consumer is not None and at in consumer.assignment()}
        if not mine or consumer is None:
            return
        try:
            await consumer.commit(mine)
        except KafkaError as error:
            _log.warning("offsets_not_committed", stage=self.name, error=repr(error))

    async def stop(self) -> None:
        """From now on every batch that is still in hand is committed by itself."""
        self._is_stopping = True
        await self.commit()

    async def on_partitions_revoked(self, revoked: Any) -> None:  # noqa: ARG002 — aiokafka's
        """Whoever gets them begins where this one has ended."""
        await self.commit()

    async def on_partitions_assigned(self, assigned: Any) -> None:  # noqa: ARG002 — aiokafka's
        self._uncommitted = {}  # of before: another process may have come further since

    def _rewind(self, records: tuple[RawRecord, ...]) -> None:
        consumer, first = self.consumer, dict[TopicPartition, int]()
        for record in records:
            at = TopicPartition(record.topic, record.partition)
            first[at] = min(record.offset, first.get(at, record.offset))
        for at, offset in first.items():
            if consumer is not None and at in consumer.assignment():
                consumer.seek(at, offset)

    async def _until_it_works(self, records: tuple[RawRecord, ...]) -> None:
        attempt = 0
        while True:
            try:
                good = [received for record in records if (received := await self._decoded(record)) is not None]
                if good:
                    await self._handle(good)
            except Transient as error:
                self._failing = str(error)
                RECORDS.labels(self.name, "retried", error.reason).inc(len(records))
                _log.warning(
                    "batch_failed", stage=self.name, reason=error.reason, attempt=attempt, records=len(records)
                )
                await asyncio.sleep(_BACKOFF_S[min(attempt, len(_BACKOFF_S) - 1)])
                attempt += 1
            else:
                self._failing = None
                return

    async def _decoded(self, record: RawRecord) -> Received[E] | None:
        try:
            return decode(record, self._topics[record.topic].carries)
        except Invalid as why:
            await self._dead_letters.put(self.name, record, why)
            RECORDS.labels(self.name, "dead_letter", why.reason).inc()
            return None


def gathering(gather_ms: int) -> dict[str, Any]:
    """In aiokafka's words. A fetch names every partition, so one for each record of a busy topic costs the broker most of all."""
    return {"fetch_min_bytes": _GATHERED_BYTES, "fetch_max_wait_ms": gather_ms} if gather_ms else {}


def subscribe_raw(
    broker: KafkaBroker,
    topics: Sequence[Topic],
    group: str,
    consume: Callable[[tuple[RawRecord, ...]], Awaitable[None]],
    *,
    ack_policy: AckPolicy,
    max_records: int,
    between: Callable[[], Awaitable[None]] | None = None,
    **more: Any,
) -> Any:
    """A FastStream batch subscriber whose handler gets the raw records, whatever their bytes are.

    `between` runs between two batches, at least twice a second, and never beside the handler.
    """

    async def parser(records: Any, original: Any) -> Any:
        # FastStream's own parser decodes every header and loses the batch over one that is not UTF-8: it gets one bare record.
        message = await original((_bare(records[0]),))
        message.raw_message = records
        return message

    async def decoder(message: Any) -> Any:
        return message.raw_message

    subscriber = broker.subscriber(
        *(topic.name for topic in topics),
        batch=True,
        group_id=group,
        ack_policy=ack_policy,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        parser=parser,
        decoder=decoder,
        title=group,
        **more,
    )

    async def next_batch(consumer: AIOKafkaConsumer) -> tuple[RawRecord, ...]:
        if between is not None:
            await between()
        # FastStream's own sleeps after each empty poll, which is latency at every hop; a long poll ends with the first record.
        fetched = await consumer.getmany(timeout_ms=_LONG_POLL_MS, max_records=max_records)
        return tuple(chain.from_iterable(fetched.values()))

    async def handler(records: Any) -> None:  # FastStream makes a model of the annotations, and a Protocol is none
        await consume(records)

    subscriber.get_msg = next_batch
    subscriber(handler)
    return subscriber


def _bare(record: Any) -> Any:
    return type(record)(
        **{name: getattr(record, name) for name in record.__dataclass_fields__} | {"headers": (), "value": b""}
    )
