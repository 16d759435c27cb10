"""How far behind a stage is: lag per partition, the age of the oldest record it has not handled, and whether its consumer still lives."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final, Protocol

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from shared.telemetry.metrics import LAG, OLDEST_RECORD_AGE

__all__ = ["LagWatch", "Watched"]

_log = structlog.get_logger()
_ANSWER_S: Final = 10.0
_SILENT_MEASUREMENTS: Final = 3

_Places = dict[TopicPartition, int]


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
        self._places: dict[str, _Places] = {}
        self._silent: dict[str, int] = {}

    @property
    def stuck(self) -> list[str]:
        """Stages whose consumer has not answered, or has not moved with records before it and none in hand, for some measurements.

        aiokafka's consumer can end so after a broker's restart, without an error (aio-libs/aiokafka#1154).
        """
        return [name for name, times in self._silent.items() if times >= _SILENT_MEASUREMENTS]

    async def measure(self) -> None:
        """Once, all stages; what a stage does not answer is counted and never raised."""
        for stage in self._stages:
            try:
                async with asyncio.timeout(_ANSWER_S):
                    moves = await self._measure(stage)
            except (KafkaError, OSError, TimeoutError) as error:
                moves = False
                _log.warning("lag_unknown", stage=stage.name, error=repr(error))
            self._silent[stage.name] = 0 if moves else self._silent.get(stage.name, 0) + 1

    def forget_silence(self) -> None:
        """While the broker is away nobody can answer: what counts begins when it is back."""
        self._silent.clear()

    async def pause(self) -> None:
        await asyncio.sleep(self._interval_s)

    async def _measure(self, stage: Watched) -> bool:
        """Whether the stage keeps up, moves, or has something in hand."""
        if (consumer := stage.consumer) is None:
            return True
        partitions = list(consumer.assignment())
        ends = await consumer.end_offsets(partitions) if partitions else {}
        before, now = (
            self._places.get(stage.name, {}),
            {one: await _come_to(stage, consumer, one) for one in partitions},
        )
        lags = {one: max(0, ends[one] - now[one]) for one in partitions}
        self._tell(stage, lags, gone=before.keys() - now.keys())
        self._places[stage.name] = now
        return not sum(lags.values()) or stage.in_hand_since_ms is not None or now != before

    def _tell(self, stage: Watched, lags: _Places, gone: set[TopicPartition]) -> None:
        behind: dict[str, int] = {}
        for partition, lag in lags.items():
            LAG.labels(stage.name, partition.topic, str(partition.partition)).set(lag)
            behind[partition.topic] = behind.get(partition.topic, 0) + lag
        for partition in gone:
            LAG.remove(stage.name, partition.topic, str(partition.partition))
        now_ms = time.time() * 1000
        for topic, lag in behind.items():
            if not lag:
                self._kept_up_at_ms[stage.name, topic] = now_ms
            since_ms = self._kept_up_at_ms.setdefault((stage.name, topic), now_ms)
            oldest_ms = min(stage.in_hand_since_ms or since_ms, since_ms) if lag else now_ms
            OLDEST_RECORD_AGE.labels(stage.name, topic).set(max(0.0, now_ms - oldest_ms) / 1000)


async def _come_to(stage: Watched, consumer: AIOKafkaConsumer, partition: TopicPartition) -> int:
    """The next offset to handle. With nothing in hand it is the consumer's position, which passes transactions' markers too."""
    if stage.in_hand_since_ms is not None and partition in stage.handled:
        return stage.handled[partition]
    return int(await consumer.position(partition))
