"""A stage's time runs on only as far as its log is known."""

from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from shared.kafka.ticking import known_until

ONE = TopicPartition("readings.received.v1", 3)
AT = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)


class Polled:
    """A consumer as far as it matters here."""

    def __init__(self, *, polled_ms: int | None, position: int, highwater: int) -> None:
        self.polled_ms, self.at, self.end = polled_ms, position, highwater

    def last_poll_timestamp(self, _: TopicPartition) -> int | None:
        return self.polled_ms

    def highwater(self, _: TopicPartition) -> int:
        return self.end

    async def position(self, _: TopicPartition) -> int:
        if self.at < 0:
            raise IllegalStateError("taken away")
        return self.at


POLLED_MS = int(AT.timestamp() * 1000)


@pytest.mark.parametrize(
    ("consumer", "until"),
    [
        (Polled(polled_ms=POLLED_MS, position=7, highwater=7), AT),
        (Polled(polled_ms=POLLED_MS, position=6, highwater=7), None),
        (Polled(polled_ms=None, position=7, highwater=7), None),
        (Polled(polled_ms=POLLED_MS, position=-1, highwater=7), None),
    ],
    ids=["caught-up", "behind", "never-polled", "taken-away"],
)
async def test_time_is_known_until_the_brokers_last_answer(consumer: Any, until: datetime | None) -> None:
    assert await known_until(consumer, ONE) == until
