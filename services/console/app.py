"""The composition root: the only file that knows all parts."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response

from services.console.adapters.alert_queries import AlertQueries
from services.console.adapters.audit_trail import AuditTrail
from services.console.adapters.decision_book import DecisionBook
from services.console.adapters.decision_log import DecisionLog
from services.console.adapters.live_stream import LiveStream
from services.console.adapters.passwords import Passwords
from services.console.adapters.people import People
from services.console.adapters.read_model import ReadModel, newest_position
from services.console.adapters.sensor_queries import SensorQueries
from services.console.adapters.statistics_queries import StatisticsQueries
from services.console.api import alerts, audit, city, decisions, session, stream
from services.console.api.dependencies import Parts
from services.console.api.guard import Guard
from services.console.api.page import SecurityHeaders, serve_page
from services.console.api.signing_in import SigningIn
from services.console.core.sse import heartbeat_event
from services.console.flow import Deciding, Following
from services.console.settings import Settings
from shared.database import Database, upgrade_apart
from shared.errors import Transient
from shared.events import DecisionKind
from shared.kafka.dead_letters import DeadLetters
from shared.kafka.following import Follower, Positions
from shared.kafka.hosting import KafkaHost
from shared.kafka.producing import Producer
from shared.pack import CityPack, load_pack
from shared.topics import ALERTS, ASSESSED, READINGS, REPORTS, REQUESTED, SENSORS, SETTLED, Topic
from shared.web import make_app

__all__ = ["FOLLOWED", "MIGRATIONS", "create_app", "make_follower"]

_log = structlog.get_logger()

MIGRATIONS: Final = Path(__file__).parent / "migrations"
FOLLOWED: Final[dict[str, tuple[Topic, ...]]] = {
    "console.board": (ALERTS,),
    "console.progress": (*REQUESTED.values(), SETTLED, SENSORS),
    "console.archive": (REPORTS, ASSESSED, READINGS),
}
"""What operators wait for, who was told of it, and what comes in bulk: a flood of readings must not hold up an alert."""
_GATHER_MS: Final = {"console.board": 25, "console.progress": 100, "console.archive": 250}
"""How long each lets the broker gather what comes in a trickle: no eye sees it, and it saves the broker a fetch for each record."""
_DESCRIPTION: Final = (
    "What operators see and decide. Sign in by `POST /v1/session` (a cookie, and its `csrf_token` as `X-CSRF-Token` on "
    "every request that changes something), or send `Authorization: Bearer <token>`."
)


def create_app(settings: Settings, *, pack: CityPack | None = None, passwords: Passwords | None = None) -> FastAPI:
    """Everything wired, nothing started: starting is the lifespan's.

    Args:
        settings: every setting.
        pack: the city's pack; read from `settings.pack_dir` unless given.
        passwords: how passwords are hashed, for tests in a hurry.
    """
    database = Database(settings.database_url)
    producer = Producer(settings.kafka_bootstrap_servers, "hejnal-console", timeout_s=settings.produce_timeout_s)
    live = LiveStream(settings.stream_queue)
    read_model = database.hasty()
    followers = [make_follower(stage, settings, read_model, live, producer) for stage in FOLLOWED]
    kafka = KafkaHost(
        "console",
        settings.kafka_bootstrap_servers,
        broker=None,
        producer=producer,
        followers=followers,
        lag_interval_s=settings.lag_interval_s,
    )
    parts = _parts(
        settings,
        pack=pack or load_pack(settings.pack_dir, phrases=False),
        database=database,
        deciding_into=DecisionLog(producer),
        live=live,
        passwords=passwords or Passwords(settings.password_checks_at_once),
        in_step=lambda: not followers[0].unready,
    )
    return _api(settings, parts, (database, read_model), kafka)


def _api(settings: Settings, parts: Parts, databases: Sequence[Database], kafka: KafkaHost) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if settings.migrate_on_start:
            await upgrade_apart(settings.database_url, MIGRATIONS)
        async with kafka, _in_background(_beat(parts), _prune(parts)):
            yield
        for database in databases:
            await database.stop()

    async def readiness() -> Sequence[str]:
        return [*await databases[0].unready(), *kafka.unready]

    app = make_app(
        "console",
        version=version("hejnal"),
        description=_DESCRIPTION,
        lifespan=lifespan,
        readiness=readiness,
        max_body_bytes=settings.max_body_bytes,
        serves_metrics=settings.metrics_host is None,
    )
    app.state.parts = parts
    _add_routes(app, settings, parts)
    return app


def make_follower(
    stage: str, settings: Settings, database: Database, live: LiveStream, dead_letters: DeadLetters
) -> Follower:
    """One of FOLLOWED, from the log into the database and to the clients."""
    topics = FOLLOWED[stage]
    model = ReadModel(database, topics)
    following = Following(
        stage, settings.city, model, live, dead_letters=dead_letters, now_ms=lambda: time.time() * 1000
    )

    async def positions() -> Positions:
        found = await model.positions()
        if ALERTS in topics:
            live.start_from(await newest_position(database))
        return found

    return Follower(
        settings.kafka_bootstrap_servers,
        stage,
        topics,
        positions,
        following.take,
        dead_letters=dead_letters,
        max_records=settings.follow_records,
        gather_ms=_GATHER_MS.get(stage, 0),
    )


def _parts(
    settings: Settings,
    *,
    pack: CityPack,
    database: Database,
    deciding_into: DecisionLog,
    live: LiveStream,
    passwords: Passwords,
    in_step: Callable[[], bool],
) -> Parts:
    people, trail, queries, book = (
        People(database),
        AuditTrail(database),
        AlertQueries(database),
        DecisionBook(database),
    )
    signing_in = SigningIn(
        people,
        passwords,
        trail,
        per_user=settings.per_user,
        per_address=settings.per_address,
        session_lasts=timedelta(hours=settings.session_hours),
        now=_now,
    )
    return Parts(
        settings=settings,
        pack=pack,
        alerts=queries,
        sensors=SensorQueries(database),
        statistics=StatisticsQueries(database),
        people=people,
        audit=trail,
        book=book,
        deciding=Deciding(queries, book, deciding_into),
        signing_in=signing_in,
        live=live,
        in_step=in_step,
        now=_now,
    )


def _add_routes(app: FastAPI, settings: Settings, parts: Parts) -> None:
    # The stream before the alerts: `stream` is no alert's id.
    for module in (session, stream, alerts, decisions, city, audit):
        app.include_router(module.router)
    serve_page(app, settings.web_dir)
    _mend_pointers(app)
    # Innermost, so that refusals are measured and traced like every other answer.
    app.user_middleware.append(
        Middleware(Guard, people=lambda: parts.people, behind_tls=settings.behind_tls, now=parts.now)
    )
    app.add_middleware(SecurityHeaders, behind_tls=settings.behind_tls)


def _mend_pointers(app: FastAPI) -> None:
    """Pydantic puts the kind of decision into the place of an error, as if it were a key of the body."""
    answer = app.exception_handlers[RequestValidationError]

    async def without_kind(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        found = [one | {"loc": tuple(_without_kind(one["loc"]))} for one in error.errors()]
        answered: Response = await answer(request, RequestValidationError(found))  # type: ignore[misc]
        return answered

    app.add_exception_handler(RequestValidationError, without_kind)


def _without_kind(loc: Sequence[int | str]) -> Sequence[int | str]:
    kinds = {str(kind) for kind in DecisionKind}
    return [*loc[:1], *loc[2:]] if len(loc) > 1 and loc[0] == "body" and str(loc[1]) in kinds else loc


@asynccontextmanager
async def _in_background(*works: Awaitable[None]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _beat(parts: Parts) -> None:
    while True:
        await asyncio.sleep(parts.settings.heartbeat_s)
        parts.live.send_all(heartbeat_event(parts.now(), None, in_step=parts.in_step()))


async def _prune(parts: Parts) -> None:
    settings = parts.settings
    while True:
        now = parts.now()
        try:
            await parts.people.forget_sessions(now)
            await parts.sensors.forget(
                readings_before=now - timedelta(hours=settings.readings_keep_hours),
                reports_before=now - timedelta(days=settings.reports_keep_days),
            )
        except Transient as error:
            _log.warning("pruning_postponed", error=repr(error))
        await asyncio.sleep(settings.prune_interval_s)


def _now() -> datetime:
    return datetime.now(UTC)
