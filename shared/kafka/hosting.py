"""Everything of a process that needs the broker: started once it can be reached, stopped in order, asked for readiness."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Coroutine, Sequence
from types import TracebackType
from typing import Any, Final, Protocol, Self

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import UnknownTopicOrPartitionError
from faststream.kafka import KafkaBroker

from shared.kafka.consuming import BatchStage
from shared.kafka.following import Follower
from shared.kafka.partition_stage import PartitionStage
from shared.kafka.producing import Producer
from shared.kafka.starting import start_when_reachable
from shared.kafka.watching import LagWatch, Watched
from shared.topics import TOPICS

__all__ = ["KafkaHost", "Stage"]

_log = structlog.get_logger()
_STOP_S: Final = 12.0


class Stage(Watched, Protocol):
    """A batch stage, a partition stage or a follower."""

    @property
    def unready(self) -> list[str]: ...

    @property
    def consumer(self) -> AIOKafkaConsumer | None: ...


class KafkaHost:
    """An async context: inside it the parts run (or wait for the broker), after it they have stopped.

    Args:
        service: whose topics have to exist before anything starts.
        bootstrap_servers: host:port, several by comma.
        broker: FastStream's, with all stages registered; None where only followers read.
        producer: the process' one.
        stages: what the broker hosts.
        followers: what reads by itself.
        lag_interval_s: between two measurements of lag.
    """

    def __init__(
        self,
        service: str,
        bootstrap_servers: str,
        *,
        broker: KafkaBroker | None,
        producer: Producer,
        stages: Sequence[Stage] = (),
        followers: Sequence[Follower] = (),
        lag_interval_s: float = 5.0,
    ) -> None:
        self._service = service
        self._bootstrap_servers = bootstrap_servers
        self._broker = broker
        self._producer = producer
        self._stages = stages
        self._followers = followers
        self._lag = LagWatch([*stages, *followers], lag_interval_s)
        self._tasks: list[asyncio.Task[None]] = []
        self._waiting_for: str | None = "kafka: not reached yet"

    @property
    def unready(self) -> list[str]:
        """Why something of this can't do its work at present, for /readyz."""
        if self._waiting_for:
            return [self._waiting_for]
        stages: list[Stage] = [*self._stages, *self._followers]
        return self._producer.unready + [reason for stage in stages for reason in stage.unready]

    async def __aenter__(self) -> Self:
        self._tasks.append(asyncio.create_task(self._start_or_tell()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for stage in self._stages:
            if isinstance(stage, BatchStage):
                await _within_reason(stage.name, stage.stop())
        if self._broker is not None:
            await _within_reason("consumers", self._broker.stop())
        for stage in self._stages:
            if isinstance(stage, PartitionStage):
                await _within_reason(stage.name, stage.stop())
        await _within_reason("producer", self._producer.stop())

    async def _start_or_tell(self) -> None:
        try:
            await self._start()
        except Exception as error:  # noqa: BLE001 — a task nobody awaits: said by /readyz and the log
            self._waiting_for = f"kafka: could not start: {error!r}"
            _log.exception("kafka_parts_not_started")

    async def _start(self) -> None:
        await start_when_reachable("topics", self._topics_exist, _nothing)
        self._waiting_for = "kafka: starting the producer and consumers"
        await start_when_reachable("producer", self._producer.start, self._producer.stop)
        if self._broker is not None:
            await start_when_reachable("consumers", self._broker.start, self._broker.stop)
        self._waiting_for = None
        self._tasks += [asyncio.create_task(self._producer.watch()), asyncio.create_task(self._watch())]
        self._tasks += [asyncio.create_task(follower.run()) for follower in self._followers]

    async def _watch(self) -> None:
        """Ends the process when a consumer is stuck although the broker answers: started anew, it goes on where it had committed."""
        while True:
            await self._lag.measure()
            if self._producer.unready:
                self._lag.forget_silence()
            if self._lag.stuck:
                _log.critical("consumers_stuck", stages=self._lag.stuck, action="ending the process to be started anew")
                os.kill(os.getpid(), signal.SIGTERM)
                return
            await self._lag.pause()

    async def _topics_exist(self) -> None:
        """Raises while one is missing: a consumer that subscribes too early would hear of it only minutes later."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap_servers)
        try:
            await admin.start()
            existing = set(await admin.list_topics())
        finally:
            await admin.close()
        missing = {topic.name for topic in TOPICS if self._service in {*topic.read_by, *topic.written_by}} - existing
        if missing:
            self._waiting_for = f"kafka: topics missing: {', '.join(sorted(missing))}; run `hejnal topics create`"
            raise UnknownTopicOrPartitionError(self._waiting_for)


async def _nothing() -> None:
    pass


async def _within_reason(what: str, stopping: Coroutine[Any, Any, None]) -> None:
    """A consumer that has lost its broker may never end; what it held is committed or comes again."""
    try:
        async with asyncio.timeout(_STOP_S):
            await stopping
    except TimeoutError:
        _log.warning("not_stopped_in_time", what=what, seconds=_STOP_S)
