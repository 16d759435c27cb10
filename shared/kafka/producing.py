"""One idempotent producer per process: concurrent sends share batches, each waits for its own acknowledgement."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from time import perf_counter
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from shared.errors import Invalid, Transient
from shared.kafka.dead_letters import dead_letter
from shared.kafka.raw import RawRecord
from shared.kafka.records import Outgoing, encode, headers_of
from shared.telemetry import current_traceparent
from shared.telemetry.metrics import DEAD_LETTERS, PRODUCE_SECONDS, PRODUCED
from shared.topics import Topic, dead_letters_topic_of

__all__ = ["Producer"]

_MAX_REQUEST_BYTES: Final = 2_097_152


class Producer:
    """acks=all, idempotent, no linger (batches form by themselves under load).

    Args:
        bootstrap_servers: host:port, several by comma.
        client_id: how the broker's logs name this process.
        timeout_s: a record that is not acknowledged within it raises Transient; it may still arrive later.
    """

    def __init__(self, bootstrap_servers: str, client_id: str, *, timeout_s: float = 5.0) -> None:
        self._timeout_s = timeout_s
        self._settings = {"bootstrap_servers": bootstrap_servers, "client_id": client_id}
        self._producer: AIOKafkaProducer | None = None
        self._reached = False

    async def start(self) -> None:
        """Raises KafkaConnectionError while the broker can't be reached."""
        producer = AIOKafkaProducer(
            **self._settings,
            acks="all",
            enable_idempotence=True,
            linger_ms=0,
            max_request_size=_MAX_REQUEST_BYTES,
            request_timeout_ms=int(self._timeout_s * 1000),
            retry_backoff_ms=50,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()
            raise
        self._producer = producer
        self._reached = True

    async def stop(self) -> None:
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await producer.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def unready(self) -> list[str]:
        """Why nothing can be sent at present, for /readyz: the last record or `watch` told."""
        return [] if self._reached else ["kafka_producer: the broker does not acknowledge"]

    async def watch(self, interval_s: float = 1.0) -> None:
        """Asks the broker now and then: where nothing is sent, nothing else would tell that it went or came back.

        Goes on until it is cancelled.
        """
        while True:
            await asyncio.sleep(interval_s)
            if self._producer is None:
                continue
            try:
                async with asyncio.timeout(self._timeout_s):
                    self._reached = bool(await self._producer.client.force_metadata_update())
            except (TimeoutError, KafkaError):
                self._reached = False

    async def send(
        self, topic: Topic, key: str, event: object, *, trace: str | None = None, partition: int | None = None
    ) -> None:
        """Returns once all in-sync replicas have the record. Raises Transient(`broker_away`)."""
        await self.send_all([Outgoing(topic, key, event, trace or current_traceparent(), partition)])  # type: ignore[arg-type]

    async def send_all(self, records: Sequence[Outgoing]) -> None:
        """Buffers all, in order, then waits until every one is acknowledged. Raises Transient(`broker_away`) if any is not."""
        if not records:
            return
        began = perf_counter()
        try:
            async with asyncio.timeout(self._timeout_s):
                await self._send_all(records)
        except (TimeoutError, KafkaError) as error:
            self._reached = False
            self._count(records, "failed")
            raise Transient("broker_away", str(error) or type(error).__name__) from error
        self._reached = True
        self._count(records, "acknowledged")
        PRODUCE_SECONDS.labels(records[0].topic.name).observe(perf_counter() - began)

    async def put(self, stage: str, record: RawRecord, why: Invalid) -> None:
        """Puts a bad record into the dead letters of the stage's service (`service.stage`)."""
        letter = dead_letter(stage, record, why, datetime.now(UTC))
        topic = dead_letters_topic_of(stage.partition(".")[0])
        key = letter.key or f"{record.topic}-{record.partition}-{record.offset}"
        await self.send(topic, key, letter)
        DEAD_LETTERS.labels(stage, record.topic, why.reason).inc()

    async def _send_all(self, records: Sequence[Outgoing]) -> None:
        if self._producer is None:
            raise Transient("broker_away", "the producer has not reached the broker yet")
        futures = [
            await self._producer.send(
                record.topic.name,
                encode(record.event),
                key=record.key.encode(),
                partition=record.partition,
                headers=headers_of(record.trace),
            )
            for record in records
        ]
        if len(futures) == 1:
            await asyncio.shield(futures[0])
            return
        try:
            await asyncio.wait(futures)  # half the cost of gathering shields, and it cancels nothing that is on its way
        except asyncio.CancelledError:
            for future in futures:
                future.add_done_callback(_error_of)  # nobody else will ask for it now
            raise
        if errors := [error for future in futures if (error := _error_of(future)) is not None]:
            raise errors[0]

    def _count(self, records: Sequence[Outgoing], outcome: str) -> None:
        for record in records:
            PRODUCED.labels(record.topic.name, outcome).inc()


def _error_of(future: "asyncio.Future[object]") -> BaseException | None:
    return None if future.cancelled() else future.exception()
