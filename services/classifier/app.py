"""Composition root: the only file that wires the classifier's flows, cores and Kafka together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import TypeVar

from fastapi import FastAPI
from faststream.kafka import KafkaBroker

from services.classifier.api import make_router
from services.classifier.assess.core.readings import SensorRules
from services.classifier.assess.flow import ReadingsFold, ReportsStage
from services.classifier.assess.starting import FullTierMode, Started, start_assessor
from services.classifier.correlate.core.fold import Correlator
from services.classifier.correlate.flow import Cities, CorrelateFold, count_open_alerts
from services.classifier.metrics import FULL_TIER, FULL_TIER_WAITING
from services.classifier.settings import ClassifierSettings
from shared.kafka.consuming import consume_batches
from shared.kafka.hosting import KafkaHost
from shared.kafka.partition_stage import Folded, PartitionFold, PartitionStage, Ticking
from shared.kafka.producing import Producer
from shared.kafka.starting import make_broker
from shared.pack import CityPack, load_pack
from shared.topics import ALERTS, READINGS, REPORTS, SENSORS, SIGNALS, Topic
from shared.web import make_app

__all__ = ["make_classifier"]

S = TypeVar("S")


def make_classifier(settings: ClassifierSettings) -> FastAPI:
    """The service as an application; its stages run inside the application's lifespan. Raises PackError."""
    pack = load_pack(settings.pack_dir)
    started = start_assessor(pack, settings.full_tier_settings)
    assessor = started.assessor
    servers = settings.kafka_bootstrap_servers
    producer = Producer(servers, "classifier", timeout_s=settings.produce_timeout_s)
    broker = make_broker(servers, "classifier")
    reports = consume_batches(
        broker,
        [REPORTS],
        "classifier.assess-reports",
        ReportsStage(assessor, producer).handle,
        dead_letters=producer,
        max_records=settings.assess_batch_records,
    )
    sensors = ReadingsFold(SensorRules(pack))
    readings = _stage(
        broker,
        settings,
        "classifier.assess-readings",
        reads=READINGS,
        keeps=SENSORS,
        fold=sensors,
        tick=sensors.tick,
    )
    alerts = _correlate_fold(pack, settings)
    correlate = _stage(
        broker, settings, "classifier.correlate", reads=SIGNALS, keeps=ALERTS, fold=alerts, tick=alerts.tick
    )
    host = KafkaHost(
        "classifier",
        servers,
        broker=broker,
        producer=producer,
        stages=[reports, readings, correlate],
        lag_interval_s=settings.lag_interval_s,
    )

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with host:
            counting = asyncio.create_task(_count_open_alerts(correlate, settings.lag_interval_s))
            try:
                yield
            finally:
                counting.cancel()
                if started.full is not None:
                    started.full.stop()

    async def readiness() -> Sequence[str]:
        return [*host.unready, *_unready(started, settings.full_tier)]

    app = make_app(
        "classifier",
        version=version("hejnal"),
        description="What a report is about, how urgent it is, and why.",
        lifespan=lifespan,
        readiness=readiness,
        max_body_bytes=settings.max_body_bytes,
        serves_metrics=settings.metrics_host is None,
        remarks=lambda: _remarks(started),
    )
    FULL_TIER.set_function(lambda: float(_why_fast(started) is None))
    FULL_TIER_WAITING.set_function(lambda: float(started.full.waiting if started.full is not None else 0))
    app.include_router(make_router(assessor, settings.classify_text_characters))
    return app


def _unready(started: Started, mode: FullTierMode) -> list[str]:
    """The fast tier does the service's work: missing the full one is a reason only where a setting asks for it."""
    return [f"full tier: {why}"] if mode is FullTierMode.ON and (why := _why_fast(started)) else []


def _remarks(started: Started) -> dict[str, str]:
    why = _why_fast(started)
    return {"tier": "full"} if why is None else {"tier": "fast", "why_fast": why}


def _why_fast(started: Started) -> str | None:
    return started.why_fast if started.full is None else started.full.failed


def _stage(
    broker: KafkaBroker,
    settings: ClassifierSettings,
    name: str,
    *,
    reads: Topic,
    keeps: Topic,
    fold: PartitionFold[S],
    tick: Callable[[S, datetime], Folded] | None = None,
) -> PartitionStage[S]:
    return PartitionStage(
        broker,
        settings.kafka_bootstrap_servers,
        name,
        reads=reads,
        keeps=keeps,
        fold=fold,
        ticking=Ticking(tick, settings.tick_interval_s, settings.tick_behind_s) if tick else None,
        max_records=settings.fold_batch_records,
        session_timeout_ms=settings.session_timeout_ms,
    )


def _correlate_fold(pack: CityPack, settings: ClassifierSettings) -> CorrelateFold:
    return CorrelateFold(Correlator(pack, settings.snapshot_limits), settings.snapshot_limits)


async def _count_open_alerts(correlate: PartitionStage[Cities], interval_s: float) -> None:
    while True:
        count_open_alerts(correlate.states.values())
        await asyncio.sleep(interval_s)
