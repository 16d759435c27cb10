"""The composition root: the only file that knows flow, core and adapters alike."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any

import structlog
from fastapi import FastAPI

from services.ingest.adapters.gateway_keys import CachedKeys, KeyStore
from services.ingest.adapters.limits import ClientLimit
from services.ingest.adapters.log import KafkaLog
from services.ingest.adapters.reports import DatabaseReports
from services.ingest.adapters.sealed_contact import ContactSeal
from services.ingest.adapters.statuses import DatabaseStatuses
from services.ingest.api import Door, make_router
from services.ingest.core.keyed_hash import Secret
from services.ingest.flow import AcceptReadings, AcceptReports, FollowReports
from services.ingest.metrics import STATUS_UPDATES
from services.ingest.migrations import MIGRATIONS
from services.ingest.open_api import document_bodies
from services.ingest.settings import Settings
from shared.database import Database, GroupCommit, upgrade_apart
from shared.errors import Transient
from shared.kafka.consuming import consume_batches
from shared.kafka.hosting import KafkaHost
from shared.kafka.producing import Producer
from shared.kafka.records import Received
from shared.kafka.starting import make_broker
from shared.pack.loading import load_pack
from shared.topics import ALERTS, ASSESSED
from shared.web import make_app

__all__ = ["VERSION", "build"]

VERSION = "0.1.0"
_DESCRIPTION = "The city's front door: residents' reports, sensors' readings, and what became of each report."
_STAGE = "ingest.report-status"
_STATUS_DELAY_MS = 100
"""A resident's status may be a tenth of a second late: a commit for each change took a tenth of the process."""
_log = structlog.get_logger()


def build(settings: Settings) -> FastAPI:
    """Raises PackError when the city's pack can't be read."""
    city = load_pack(settings.pack_dir, phrases=False).city
    secret = Secret(settings.secret.get_secret_value().encode())
    database = Database(settings.database_url)
    writer = GroupCommit(database)
    producer = Producer(settings.kafka_bootstrap_servers, "hejnal-ingest", timeout_s=settings.produce_timeout_s)
    log = KafkaLog(producer)
    reports = DatabaseReports(database, writer, ContactSeal(secret))
    statuses = FollowReports(DatabaseStatuses(database, writer), secret)
    host = _kafka(settings, producer, statuses)
    door = Door(
        reports=AcceptReports(log, reports, secret, settings.city, city.contains, settings.idempotency_keep, _now),
        readings=AcceptReadings(log, settings.city, settings.readings_ahead, _now),
        statuses=statuses,
        keys=CachedKeys(KeyStore(database), settings.key_cache_s, time.monotonic),
        report_limit=ClientLimit(settings.reports_per_client, settings.reports_window_s),
        reading_limit=ClientLimit(settings.readings_per_key, settings.readings_window_s),
        secret=secret,
        trusted_proxies=settings.trusted_proxies,
        country=city.country,
        status_base=str(settings.public_url or "").rstrip("/"),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if settings.migrate_on_start:
            await upgrade_apart(settings.database_url, MIGRATIONS)
        purging = asyncio.create_task(_purge(reports, settings))
        async with host:
            yield
        purging.cancel()
        with suppress(asyncio.CancelledError):
            await purging
        await writer.stop()
        await database.stop()

    async def unready() -> Sequence[str]:
        return [*host.unready, *await database.unready()]

    app = make_app(
        "ingest",
        version=VERSION,
        description=_DESCRIPTION,
        lifespan=lifespan,
        readiness=unready,
        max_body_bytes=settings.max_body_bytes,
        serves_metrics=settings.metrics_host is None,
    )
    app.include_router(make_router(door))
    document_bodies(app)
    return app


def _kafka(settings: Settings, producer: Producer, statuses: FollowReports) -> KafkaHost:
    async def follow(records: list[Received[Any]]) -> None:
        await statuses.follow([record.event for record in records])
        for record in records:
            STATUS_UPDATES.labels(record.topic).inc()

    broker = make_broker(settings.kafka_bootstrap_servers, "hejnal-ingest")
    stage = consume_batches(
        broker, [ASSESSED, ALERTS], _STAGE, follow, dead_letters=producer, gather_ms=_STATUS_DELAY_MS
    )
    return KafkaHost(
        "ingest",
        settings.kafka_bootstrap_servers,
        broker=broker,
        producer=producer,
        stages=[stage],
        lag_interval_s=settings.lag_interval_s,
    )


async def _purge(reports: DatabaseReports, settings: Settings) -> None:
    while True:
        try:
            gone = await reports.purge(_now() - settings.idempotency_keep)
        except Transient as error:
            _log.warning("purge_failed", reason=error.reason)
        else:
            _log.debug("idempotency_keys_purged", keys=gone)
        await asyncio.sleep(settings.purge_interval_s)


def _now() -> datetime:
    return datetime.now(UTC)
