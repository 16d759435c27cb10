"""A consumer that has silently stopped is found, and one that is only slow is left alone."""

from dataclasses import dataclass, field

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaTimeoutError

from shared.kafka.watching import LagWatch

PARTITION = TopicPartition("reports.received.v1", 0)


@dataclass
class Consumer:
    """Answers as aiokafka's would."""

    end: int = 10
    at: int = 10
    answers: bool = True

    def assignment(self) -> set[TopicPartition]:
        return {PARTITION}

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        if not self.answers:
            raise KafkaTimeoutError
        return dict.fromkeys(partitions, self.end)

    async def position(self, partition: TopicPartition) -> int:
        return self.at


@dataclass
class Stage:
    consumer: Consumer = field(default_factory=Consumer)
    name: str = "classifier.assess-reports"
    handled: dict[TopicPartition, int] = field(default_factory=dict)
    in_hand_since_ms: int | None = None


async def measured(stage: Stage, times: int = 4) -> list[str]:
    watch = LagWatch([stage], 0)
    for _ in range(times):
        await watch.measure()
    return watch.stuck


async def test_a_consumer_that_does_not_answer_is_stuck() -> None:
    """As after a broker's restart."""
    assert await measured(Stage(Consumer(answers=False))) == ["classifier.assess-reports"]


async def test_a_consumer_that_does_not_move_with_records_before_it_is_stuck() -> None:
    """Nothing is in hand, and nothing comes."""
    assert await measured(Stage(Consumer(end=20))) == ["classifier.assess-reports"]


@pytest.mark.parametrize(
    "stage",
    [
        Stage(),
        Stage(Consumer(end=20), in_hand_since_ms=1),
        Stage(Consumer(end=20), handled={PARTITION: 12}, in_hand_since_ms=1),
    ],
)
async def test_a_stage_that_keeps_up_or_works_on_something_is_not(stage: Stage) -> None:
    """A database that is away keeps a batch in hand: that is another trouble, and told by another metric."""
    assert await measured(stage) == []


async def test_one_missed_answer_is_no_reason() -> None:
    """It has to stay silent for some measurements."""
    stage = Stage(Consumer(answers=False))
    watch = LagWatch([stage], 0)
    await watch.measure()
    stage.consumer.answers = True
    for _ in range(3):
        await watch.measure()
    assert watch.stuck == []


async def test_silence_while_the_broker_is_away_does_not_count() -> None:
    """When it is back, a consumer has its time to come back too."""
    stage = Stage(Consumer(answers=False))
    watch = LagWatch([stage], 0)
    for _ in range(5):
        await watch.measure()
        watch.forget_silence()
    assert watch.stuck == []
