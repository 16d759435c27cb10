"""A stateful stage that loses and doubles nothing: one transaction per input partition.

The state of a partition is folded from its records and kept only in the stage's own compacted output topic, in the partition of
the same number. Inputs' offsets, outputs and state go forward together in one transaction whose transactional id names the input
partition: taking a partition fences its old owner, *then* restores, *then* asks for the committed offset. Of three designs tried
under paused and killed processes this is the one that lost nothing (docs/adr/0003).
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from time import monotonic, perf_counter
from typing import Any, Final, Generic, Protocol, TypeVar

import structlog
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError, ProducerFenced
from faststream import AckPolicy
from faststream.kafka import KafkaBroker

from shared.errors import Invalid
from shared.kafka.consuming import subscribe_raw
from shared.kafka.dead_letters import dead_letter
from shared.kafka.raw import RawRecord
from shared.kafka.records import Outgoing, Received, decode, encode, headers_of
from shared.kafka.restoring import newest_snapshots
from shared.kafka.ticking import known_until
from shared.telemetry.metrics import BATCH_RECORDS, BATCH_SECONDS, DEAD_LETTERS, RECORDS
from shared.topics import Topic, dead_letters_topic_of

__all__ = ["Folded", "PartitionFold", "PartitionStage", "Ticking"]

S = TypeVar("S")
_log = structlog.get_logger()
_TRANSACTION_TIMEOUT_MS: Final = 10_000
_RETRY_PAUSE_S: Final = 0.5


@dataclass(slots=True)
class Folded:
    """What a batch of one partition came to. Records for the state topic stay in the input's partition."""

    outputs: list[Outgoing] = field(default_factory=list)
    refused: list[tuple[Received[Any], Invalid]] = field(default_factory=list)
    """Records that are bad in meaning: they go to dead letters in the same transaction."""


class PartitionFold(Protocol[S]):
    """The pure part of a stage: no clock, no I/O; the same log always folds to the same state."""

    def restore(self, snapshots: Iterable[Any]) -> S:
        """The state of a partition from the newest snapshot of each key in its state topic (none: a fresh partition)."""
        ...

    def fold(self, state: S, batch: Sequence[Received[Any]]) -> Folded:
        """Takes the batch into `state`, in place: when the outputs can't be committed the stage throws the state away and restores it."""
        ...


@dataclass(frozen=True, slots=True)
class Ticking(Generic[S]):
    """Lets time pass in a fold although nothing comes: silence, escalation, closing.

    Args:
        tick: takes the time into a partition's state, in place, and returns what follows from it; like `PartitionFold.fold` it is pure.
            The log is folded up to `at`, which only moves forward while the partition is owned; after a restart it may come again.
            Nothing that it tells may depend on how often it is called: what was due at a time is told as of that time.
        every_s: between two ticks of a partition.
        behind_s: `at` is so far behind the last answer of the broker: for records that were stamped and are still on their way.
    """

    tick: Callable[[S, datetime], Folded]
    every_s: float = 1.0
    behind_s: float = 2.0


@dataclass(slots=True)
class _Owned(Generic[S]):
    producer: AIOKafkaProducer
    state: S
    next_offset: int


class PartitionStage(ConsumerRebalanceListener, Generic[S]):  # type: ignore[misc]  # aiokafka is untyped
    """Hosts a `PartitionFold` on one input topic.

    Args:
        broker: made by `make_broker`; the stage registers its subscriber with it, so make the stage before the broker starts.
        bootstrap_servers: for the transactional producers and the restoring consumer.
        name: `<service>.<what it does>`: the consumer group, the prefix of the transactional ids, and the metrics' label.
        reads: the input topic.
        keeps: the compacted topic that holds the state; it has the input's number of partitions and no other writer.
        fold: the pure part.
        ticking: the part of it that time alone moves, in transactions like those of batches; only while the stage has caught up.
        after: called with each committed batch, for metrics that need the events; with an empty one after a tick that told something.
        max_records: at the most in one batch over all partitions; transactions live on large batches when behind.
        session_timeout_ms: after how long a silent process loses its partitions.
    """

    def __init__(
        self,
        broker: KafkaBroker,
        bootstrap_servers: str,
        name: str,
        *,
        reads: Topic,
        keeps: Topic,
        fold: PartitionFold[S],
        ticking: Ticking[S] | None = None,
        after: Callable[[Sequence[Received[Any]], Folded], None] | None = None,
        max_records: int = 1000,
        session_timeout_ms: int = 10_000,
    ) -> None:
        self.name = name
        self.handled: dict[TopicPartition, int] = {}
        self.in_hand_since_ms: int | None = None
        self._bootstrap_servers = bootstrap_servers
        self._reads = reads
        self._keeps = keeps
        self._fold = fold
        self._ticking = ticking
        self._next_tick_s = 0.0
        self._after = after
        self._dead_letters = dead_letters_topic_of(name.partition(".")[0])
        self._owned: dict[int, _Owned[S]] = {}
        self._lock = asyncio.Lock()  # the rebalance listener runs beside the handler
        self._failing: str | None = None
        self._subscriber = subscribe_raw(
            broker,
            [reads],
            name,
            self._consume,
            ack_policy=AckPolicy.MANUAL,
            max_records=max_records,
            between=self._let_time_pass if ticking else None,
            listener=self,
            session_timeout_ms=session_timeout_ms,
            heartbeat_interval_ms=max(300, session_timeout_ms // 5),
        )

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        return self._subscriber.consumer

    @property
    def states(self) -> dict[int, S]:
        """The committed state by partition, to look at, not to touch."""
        return {partition: owned.state for partition, owned in self._owned.items()}

    @property
    def unready(self) -> list[str]:
        """Why this stage can't do its work at present, for /readyz."""
        assigned = {partition.partition for partition in self.consumer.assignment()} if self.consumer else set()
        if self._failing:
            return [f"{self.name}: {self._failing}"]
        if not assigned:
            return [f"{self.name}: no partitions assigned yet"]
        missing = assigned - self._owned.keys()
        return [f"{self.name}: restoring partitions {sorted(missing)}"] if missing else []

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        async with self._lock:
            await asyncio.gather(*(self._release(partition.partition) for partition in revoked))

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        async with self._lock:
            await self._take([partition.partition for partition in assigned])

    async def stop(self) -> None:
        """After the broker has stopped: ends the transactional producers."""
        async with self._lock:
            await asyncio.gather(*(self._release(partition) for partition in list(self._owned)))

    async def _take(self, partitions: Sequence[int]) -> None:
        """Fence, restore, then ask for the committed offset: in this order, or a zombie's last commit is missed."""
        if not partitions or self.consumer is None:
            return
        producers: dict[int, AIOKafkaProducer] = {}
        try:
            for partition in partitions:
                await self._release(partition)
                producers[partition] = self._make_producer(partition)
            await asyncio.gather(*(producer.start() for producer in producers.values()))
            snapshots = await newest_snapshots(self._bootstrap_servers, self._keeps, partitions)
            for partition in partitions:
                committed = await self.consumer.committed(TopicPartition(self._reads.name, partition))
                state = self._fold.restore(snapshots[partition])
                self._own(partition, _Owned(producers.pop(partition), state, committed or 0))
            self._failing = None
        except (KafkaError, OSError) as error:
            # A partition without state is refused, never folded from empty; _consume comes back to it.
            self._failing = f"taking partitions {sorted(partitions)} failed: {error!r}"
            _log.warning("partitions_not_taken", stage=self.name, partitions=sorted(partitions), error=repr(error))
        finally:
            await asyncio.gather(*map(_stop_quietly, producers.values()))

    def _own(self, partition: int, owned: _Owned[S]) -> None:
        self._owned[partition] = owned
        self.handled[TopicPartition(self._reads.name, partition)] = owned.next_offset

    async def _release(self, partition: int) -> None:
        self.handled.pop(TopicPartition(self._reads.name, partition), None)
        if (owned := self._owned.pop(partition, None)) is not None:
            await _stop_quietly(owned.producer)

    def _make_producer(self, partition: int) -> AIOKafkaProducer:
        return AIOKafkaProducer(
            bootstrap_servers=self._bootstrap_servers,
            transactional_id=f"{self.name}-{partition}",
            transaction_timeout_ms=_TRANSACTION_TIMEOUT_MS,
            retry_backoff_ms=10,
            linger_ms=0,
            max_request_size=2_097_152,
            max_batch_size=524_288,  # of 16 KB batches one after the other would be on the way: a third of the rate behind
        )

    async def _consume(self, records: tuple[RawRecord, ...]) -> None:
        began = perf_counter()
        by_partition: dict[int, list[RawRecord]] = defaultdict(list)
        for record in records:
            by_partition[record.partition].append(record)
        self.in_hand_since_ms = min(record.timestamp for record in records)
        async with self._lock:
            held = await asyncio.gather(*(self._process(partition, batch) for partition, batch in by_partition.items()))
            if all(held):
                self.in_hand_since_ms = None
            await self._take_again([partition for partition, kept in zip(by_partition, held, strict=True) if not kept])
        BATCH_RECORDS.labels(self.name).observe(len(records))
        BATCH_SECONDS.labels(self.name).observe(perf_counter() - began)
        if not all(held):
            await asyncio.sleep(_RETRY_PAUSE_S)

    async def _process(self, partition: int, records: Sequence[RawRecord]) -> bool:
        """True when the records are committed (by us), False when the partition has to be taken again."""
        owned = self._owned.get(partition)
        if owned is None:
            return False
        fresh = [record for record in records if record.offset >= owned.next_offset]
        if not fresh:
            return True

        async def fold_and_commit() -> None:
            good, folded = self._folded(owned, fresh)
            await self._commit(partition, owned, folded, fresh[-1].offset + 1)
            RECORDS.labels(self.name, "handled", "committed").inc(len(good))
            if self._after:
                self._after(good, folded)

        return await self._holds(partition, fold_and_commit)

    async def _let_time_pass(self) -> None:
        """Between two batches, so that nothing is in hand. What fails is taken again as it is after a batch."""
        if self._ticking is None or monotonic() < self._next_tick_s:
            return
        self._next_tick_s = monotonic() + self._ticking.every_s
        async with self._lock:
            held = await asyncio.gather(
                *(self._tick(partition, owned, self._ticking) for partition, owned in self._owned.items())
            )
            await self._take_again(
                [partition for partition, kept in zip(list(self._owned), held, strict=True) if not kept]
            )

    async def _tick(self, partition: int, owned: _Owned[S], ticking: Ticking[S]) -> bool:
        read = TopicPartition(self._reads.name, partition)
        if self.consumer is None or (known := await known_until(self.consumer, read)) is None:
            return True

        async def tick_and_commit() -> None:
            folded = ticking.tick(owned.state, known - timedelta(seconds=ticking.behind_s))
            if folded.outputs:
                await self._commit(partition, owned, folded, None)
                if self._after:
                    self._after([], folded)

        return await self._holds(partition, tick_and_commit)

    async def _holds(self, partition: int, step: Callable[[], Awaitable[None]]) -> bool:
        """Whether the step was committed by us; if not, the partition's state is not to be trusted any more."""
        try:
            await step()
        except ProducerFenced:
            _log.info(
                "partition_lost", stage=self.name, partition=partition
            )  # another process has it now; touch nothing
            return False
        except (KafkaError, OSError, AssertionError, ValueError) as error:
            self._failing = f"committing partition {partition} failed: {error!r}"
            _log.warning("batch_not_committed", stage=self.name, partition=partition, error=repr(error))
            return False
        self._failing = None
        return True

    def _folded(self, owned: _Owned[S], records: Sequence[RawRecord]) -> tuple[list[Received[Any]], Folded]:
        good: list[Received[Any]] = []
        bad: list[tuple[RawRecord, Invalid]] = []
        for record in records:
            try:
                good.append(decode(record, self._reads.carries))
            except Invalid as unreadable:
                bad.append((record, unreadable))
        folded = self._fold.fold(owned.state, good) if good else Folded()
        bad += [(received.raw, why) for received, why in folded.refused]
        now = datetime.now(UTC)
        for record, why in bad:
            letter = dead_letter(self.name, record, why, now)
            folded.outputs.append(
                Outgoing(self._dead_letters, letter.key or f"{record.partition}-{record.offset}", letter)
            )
            RECORDS.labels(self.name, "dead_letter", why.reason).inc()
            DEAD_LETTERS.labels(self.name, record.topic, why.reason).inc()
        return good, folded

    async def _commit(self, partition: int, owned: _Owned[S], folded: Folded, next_offset: int | None) -> None:
        """Without `next_offset` the place in the input stays where it is."""
        read = TopicPartition(self._reads.name, partition)
        async with owned.producer.transaction():
            sent = [await self._send(owned.producer, partition, output) for output in folded.outputs]
            for one in sent:
                one.add_done_callback(_looked_at)  # when the offsets fail first, nobody asks these any more
            if next_offset is not None:
                await owned.producer.send_offsets_to_transaction({read: next_offset}, self.name)
            # Vital: aiokafka commits although a send was refused; only its own future tells.
            await asyncio.gather(*sent)
        if next_offset is not None:
            owned.next_offset = next_offset
            self.handled[read] = next_offset

    def _send(self, producer: AIOKafkaProducer, partition: int, output: Outgoing) -> Awaitable[asyncio.Future[Any]]:
        return producer.send(  # type: ignore[no-any-return]  # aiokafka is untyped
            output.topic.name,
            encode(output.event),
            key=output.key.encode(),
            partition=partition if output.topic is self._keeps else output.partition,
            headers=headers_of(output.trace),
        )

    async def _take_again(self, partitions: Sequence[int]) -> None:
        if self.consumer is None:
            return
        ours = [
            partition
            for partition in partitions
            if TopicPartition(self._reads.name, partition) in self.consumer.assignment()
        ]
        await self._take(ours)
        for partition in ours:
            tp = TopicPartition(self._reads.name, partition)
            if tp not in self.consumer.assignment():
                continue
            if (owned := self._owned.get(partition)) is not None:
                self.consumer.seek(tp, owned.next_offset)
            elif (committed := await self.consumer.committed(tp)) is not None:
                self.consumer.seek(tp, committed)
            else:
                await self.consumer.seek_to_beginning(tp)


def _looked_at(future: asyncio.Future[Any]) -> None:
    if not future.cancelled():
        future.exception()


async def _stop_quietly(producer: AIOKafkaProducer) -> None:
    with contextlib.suppress(KafkaError, OSError, AssertionError):
        await producer.stop()
