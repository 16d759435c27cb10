"""Reads topics whole, without a consumer group, from positions that the caller keeps beside what it made of them.

For read models: rows and positions are stored in one database transaction, so each record has its effect exactly once,
and forgetting the positions rebuilds the model from the log.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.errors import Invalid, Transient
from shared.kafka.consuming import gathering
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.records import Received, decode
from shared.telemetry.metrics import BATCH_RECORDS, BATCH_SECONDS, RECORDS
from shared.topics import Topic

__all__ = ["Follower", "Positions"]

_log = structlog.get_logger()
_PAUSE_S: Final = 0.5

Positions = Mapping[tuple[str, int], int]
"""The next offset to read, by (topic, partition)."""


class Follower:
    """Follows whole topics.

    Args:
        bootstrap_servers: host:port, several by comma.
        name: `<service>.<what it does>`, the metrics' label.
        topics: what it reads, all partitions.
        positions: where to start, asked at every (re)connection; a partition that isn't named starts at the beginning.
        apply: gets the good records in order within a partition, and the positions after them; both belong into one transaction.
        dead_letters: where records that can't be decoded go.
        gather_ms: see `consume_batches`.
    """

    def __init__(
        self,
        bootstrap_servers: str,
        name: str,
        topics: Sequence[Topic],
        positions: Callable[[], Awaitable[Positions]],
        apply: Callable[[list[Received[Any]], Positions], Awaitable[None]],
        *,
        dead_letters: DeadLetters,
        max_records: int = 500,
        gather_ms: int = 0,
    ) -> None:
        self.name = name
        self.consumer: AIOKafkaConsumer | None = None
        self.handled: dict[TopicPartition, int] = {}
        self.in_hand_since_ms: int | None = None
        self._bootstrap_servers = bootstrap_servers
        self._topics = {topic.name: topic for topic in topics}
        self._positions = positions
        self._apply = apply
        self._dead_letters = dead_letters
        self._max_records = max_records
        self._fetching = {"fetch_max_wait_ms": 250} | gathering(gather_ms)
        self._goals: dict[TopicPartition, int] | None = None
        self._failing: str | None = None

    @property
    def caught_up(self) -> bool:
        """True once everything that was in the topics when it connected has been applied."""
        return self._goals is not None and not self._goals

    @property
    def unready(self) -> list[str]:
        """Why what it feeds may be stale, for /readyz."""
        if self._failing:
            return [f"{self.name}: {self._failing}"]
        return [] if self.caught_up else [f"{self.name}: catching up with the log"]

    async def run(self) -> None:
        """Follows until it is cancelled; connects again, from the stored positions, when the broker or the database fails."""
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError, Transient) as error:
                self._failing = repr(error)
                _log.warning("following_interrupted", stage=self.name, error=repr(error))
                await asyncio.sleep(_PAUSE_S)

    async def _follow(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap_servers,
            isolation_level="read_committed",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            **self._fetching,
        )
        try:
            await consumer.start()
            await self._begin(consumer)
            self.consumer = consumer
            while True:
                fetched = await consumer.getmany(timeout_ms=250, max_records=self._max_records)
                await self._take(fetched)
                await self._note_progress(consumer)
        finally:
            self.consumer = None
            await consumer.stop()

    async def _begin(self, consumer: AIOKafkaConsumer) -> None:
        partitions = [
            TopicPartition(topic.name, number) for topic in self._topics.values() for number in range(topic.partitions)
        ]
        consumer.assign(partitions)
        stored = await self._positions()
        first = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        for partition in partitions:
            position = stored.get((partition.topic, partition.partition), 0)
            # A position past the end belongs to another log (the cluster was made anew): read this one from its start.
            position = first[partition] if position > ends[partition] else max(position, first[partition])
            consumer.seek(partition, position)
            self.handled[partition] = position
        self._goals = {partition: end for partition, end in ends.items() if self.handled[partition] < end}

    async def _take(self, fetched: Mapping[TopicPartition, Sequence[Any]]) -> None:
        records = [record for batch in fetched.values() for record in batch]
        if not records:
            return
        began = perf_counter()
        self.in_hand_since_ms = min(record.timestamp for record in records)
        good = [received for record in records if (received := await self._decoded(record)) is not None]
        after = {
            (partition.topic, partition.partition): batch[-1].offset + 1
            for partition, batch in fetched.items()
            if batch
        }
        await self._apply(good, after)
        self.in_hand_since_ms = None
        RECORDS.labels(self.name, "handled", "applied").inc(len(good))
        BATCH_RECORDS.labels(self.name).observe(len(records))
        BATCH_SECONDS.labels(self.name).observe(perf_counter() - began)

    async def _decoded(self, record: Any) -> Received[Any] | None:
        try:
            return decode(record, self._topics[record.topic].carries)
        except Invalid as why:
            await self._dead_letters.put(self.name, record, why)
            RECORDS.labels(self.name, "dead_letter", why.reason).inc()
            return None

    async def _note_progress(self, consumer: AIOKafkaConsumer) -> None:
        self._failing = None
        for partition in consumer.assignment():
            # The position also passes what carries no record for us: transaction markers and compacted gaps.
            self.handled[partition] = await consumer.position(partition)
        if self._goals:
            self._goals = {partition: end for partition, end in self._goals.items() if self.handled[partition] < end}
