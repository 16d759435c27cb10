"""`python -m tests.bench.ingest`: reports against the same server without Kafka, batches of readings against single ones."""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import uvloop
from fastapi import FastAPI

from hejnal.stack.ports import free_ports
from services.ingest.adapters.gateway_keys import KeyStore
from services.ingest.adapters.limits import ClientLimit
from services.ingest.api import Door, make_router
from services.ingest.core.gateway_keys import KEY_BYTES, issue
from services.ingest.core.idempotency import Claim, Repeat
from services.ingest.core.keyed_hash import Secret
from services.ingest.flow import AcceptReadings, AcceptReports, FollowReports, KeptReport
from services.ingest.migrations import MIGRATIONS
from shared.database import Database, upgrade
from shared.events import ReadingReceived, ReportReceived
from shared.kafka.administration import create_topics
from shared.pack.loading import load_pack
from shared.settings import ServiceSettings
from shared.telemetry import configure
from shared.topics import TOPICS
from shared.web import make_app
from shared.web.serving import serve
from tests.bench.http_load import Load, post, run_load
from tests.bench.lines import print_bench
from tests.kafka import broker

_SECRET = "a secret that only the benchmark needs, nobody else"
_PLENTY = 10**9
_ROUNDS = 3
_DIFFERENT = 40


class NoLog:
    """Answers at once, as if the broker had it."""

    async def report(self, event: ReportReceived) -> None: ...
    async def readings(self, events: Sequence[ReadingReceived]) -> None: ...


class NoReports:
    """Keeps nothing."""

    async def keep(self, report: KeptReport) -> None: ...
    async def forget(self, report_id: str) -> None: ...
    async def set_published(self, scope: str) -> None: ...

    async def claim(self, scope: str, fresh: Claim, report: KeptReport, keep: timedelta) -> tuple[Repeat, Claim]:
        return Repeat.NEW, fresh


def app_without_kafka() -> FastAPI:
    """The same edge, validation, limits and answers; neither Kafka nor a database behind them."""
    city = load_pack(Path("cities/przemysl")).city
    secret = Secret(_SECRET.encode())
    door = Door(
        reports=AcceptReports(
            NoLog(), NoReports(), secret, "przemysl", city.contains, timedelta(hours=24), lambda: datetime.now(UTC)
        ),
        readings=AcceptReadings(NoLog(), "przemysl", timedelta(minutes=5), lambda: datetime.now(UTC)),
        statuses=FollowReports(None, secret),  # type: ignore[arg-type]
        keys=None,  # type: ignore[arg-type]
        report_limit=ClientLimit(_PLENTY, 600),
        reading_limit=ClientLimit(_PLENTY, 60),
        secret=secret,
        trusted_proxies=(),
        country="PL",
        status_base="",
    )

    async def ready() -> list[str]:
        return []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield

    app = make_app("ingest", version="0", description="", lifespan=lifespan, readiness=ready, max_body_bytes=1_048_576)
    app.include_router(make_router(door))
    return app


@contextmanager
def server(arguments: list[str], port: int, **environment: str) -> Iterator[int]:
    process = subprocess.Popen(
        [sys.executable, *arguments], env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until = datetime.now(UTC) + timedelta(seconds=60)
        while not _is_ready(port):
            assert process.poll() is None, f"{arguments} ended"
            assert datetime.now(UTC) < until, f"{arguments} is not ready"
        yield port
    finally:
        process.terminate()
        process.wait(30)


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2).is_success
    except httpx.TransportError:
        return False


def report(number: int) -> bytes:
    body = {"text": f"Pali się dach przy Franciszkańskiej {number}, dużo dymu", "lat": 49.7826, "lon": 22.7680}
    return post("/v1/reports", json.dumps(body).encode())


def readings(key: str, batch: int, now: datetime) -> Callable[[int], bytes]:
    at = now.isoformat()

    def made(number: int) -> bytes:
        items = [
            {
                "sensor_id": f"san-{seq % 50}",
                "quantity": "water_level",
                "value": 312.5,
                "unit": "cm",
                "at": at,
                "seq": seq,
            }
            for seq in range(number * batch, (number + 1) * batch)
        ]
        body = {"readings": items} if batch > 1 else items[0]
        return post("/v1/readings", json.dumps(body).encode(), Authorization=f"Bearer {key}")

    requests = [made(number) for number in range(_DIFFERENT)]  # made before: it is the server that is measured
    return lambda number: requests[number % _DIFFERENT]


async def make_key(url: str) -> str:
    await upgrade(url, MIGRATIONS)
    database = Database(url)
    issued = issue("bench", (), os.urandom(KEY_BYTES), datetime.now(UTC))
    await KeyStore(database).add(issued.kept)
    await database.stop()
    return issued.key


def rate(port: int, request: Callable[[int], bytes], connections: int, seconds: float, each: int = 1) -> float:
    load = measure(port, request, connections, seconds)
    return load.per_second * each


def measure(port: int, request: Callable[[int], bytes], connections: int, seconds: float) -> Load:
    load = uvloop.run(run_load(port, request, connections, seconds))
    assert set(load.statuses) == {202}, load.statuses
    return load


def compare(name: str, unit: str, ours: Callable[[], float], baseline: str, theirs: Callable[[], float]) -> None:
    """Alternates the two, so that what else the machine does falls on both; prints the medians."""
    pairs = [(theirs(), ours()) for _ in range(_ROUNDS)]
    baseline_value, value = (round(statistics.median(column), 1) for column in zip(*pairs, strict=True))
    print_bench(name, value, unit, baseline, baseline_value, rounds=_ROUNDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve-without-kafka", type=int, metavar="PORT")
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    if options.serve_without_kafka:
        configure("ingest", version="0", log_level="INFO", otlp_endpoint=None)
        serve(app_without_kafka(), ServiceSettings(port=options.serve_without_kafka))
        return
    with tempfile.TemporaryDirectory() as folder, broker() as servers:
        asyncio.run(create_topics(servers, TOPICS))
        compare_all(servers, f"sqlite+aiosqlite:///{folder}/ingest.db", options.seconds)


def compare_all(servers: str, database_url: str, seconds: float) -> None:
    key = asyncio.run(make_key(database_url))
    real_port, bare_port = free_ports(2)
    environment = {
        "HEJNAL_KAFKA_BOOTSTRAP_SERVERS": servers,
        "HEJNAL_INGEST_DATABASE_URL": database_url,
        "HEJNAL_INGEST_SECRET": _SECRET,
        "HEJNAL_INGEST_PORT": str(real_port),
        "HEJNAL_INGEST_REPORTS_PER_CLIENT": str(_PLENTY),
        "HEJNAL_INGEST_READINGS_PER_KEY": str(_PLENTY),
    }
    with (
        server(["-m", "services.ingest"], real_port, **environment),
        server(["-m", "tests.bench.ingest", "--serve-without-kafka", str(bare_port)], bare_port),
    ):
        for connections in (64, 1):
            reports = partial(rate, request=report, connections=connections, seconds=seconds)
            compare(
                f"ingest_reports_{connections}_connections",
                "reports/s",
                partial(reports, real_port),
                "the same server without Kafka and database",
                partial(reports, bare_port),
            )
        now = datetime.now(UTC)
        compare(
            "ingest_readings_batches_of_500",
            "readings/s",
            partial(rate, real_port, readings(key, 500, now), 8, seconds, each=500),
            "single readings at 64 connections",
            partial(rate, real_port, readings(key, 1, now), 64, seconds),
        )


if __name__ == "__main__":
    main()
