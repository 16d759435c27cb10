"""How far behind a stage is: lag per partition, and the age of the oldest record it has not handled."""

import asyncio
import time
from collections.abc import Sequence
from typing import Protocol

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.telemetry.metrics import LAG, OLDEST_RECORD_AGE

__all__ = ["LagWatch", "Watched"]

_log = structlog.get_logger()


class Watched(Protocol):
    """A stage that can be asked how far it has come."""

    @property
    def name(self) -> str: ...

    @property
    def consumer(self) -> AIOKafkaConsumer | None: ...

    @property
    def handled(self) -> dict[TopicPartition, int]:
        """The next offset to handle, by assigned partition."""
        ...

    @property
    def in_hand_since_ms(self) -> int | None:
        """When the oldest record of the batch in hand was written, in milliseconds since 1970."""
        ...


class LagWatch:
    """Measures all stages of a process every `interval_s` seconds."""

    def __init__(self, stages: Sequence[Watched], interval_s: float) -> None:
        self._stages = stages
        self._interval_s = interval_s
        self._kept_up_at_ms: dict[tuple[str, str], float] = {}
        self._partitions: dict[str, set[TopicPartition]] = {}

    async def run(self) -> None:
        """Goes on until it is cancelled."""
        while True:
            for stage in self._stages:
                try:
                    await self._measure(stage)
                except (KafkaError, OSError) as error:
                    _log.warning("lag_unknown", stage=stage.name, error=repr(error))
            await asyncio.sleep(self._interval_s)

    async def _measure(self, stage: Watched) -> None:
        if (consumer := stage.consumer) is None:
            return
        partitions = consumer.assignment()
        ends = await consumer.end_offsets(list(partitions)) if partitions else {}
        behind: dict[str, int] = {}
        for partition, end in ends.items():
            lag = max(0, end - stage.handled.get(partition, end))
            LAG.labels(stage.name, partition.topic, str(partition.partition)).set(lag)
            behind[partition.topic] = behind.get(partition.topic, 0) + lag
        for gone in self._partitions.get(stage.name, set()) - partitions:
            LAG.remove(stage.name, gone.topic, str(gone.partition))
        self._partitions[stage.name] = set(partitions)
        self._set_age(stage, behind)

    def _set_age(self, stage: Watched, behind: dict[str, int]) -> None:
        now_ms = time.time() * 1000
        for topic, lag in behind.items():
            if not lag:
                self._kept_up_at_ms[stage.name, topic] = now_ms
            since_ms = self._kept_up_at_ms.setdefault((stage.name, topic), now_ms)
            oldest_ms = min(stage.in_hand_since_ms or since_ms, since_ms) if lag else now_ms
            OLDEST_RECORD_AGE.labels(stage.name, topic).set(max(0.0, now_ms - oldest_ms) / 1000)
