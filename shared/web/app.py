"""A FastAPI application with what every service has at its edge."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from fastapi_offline import FastAPIOffline
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from shared.telemetry.async_api import async_api_of
from shared.web.edge import Edge
from shared.web.problems import Problem, install_problem_handlers, problem_response, problem_responses

__all__ = ["make_app"]


def make_app(
    service: str,
    *,
    version: str,
    description: str,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
    readiness: Callable[[], Awaitable[Sequence[str]]],
    max_body_bytes: int,
    media_types: Mapping[str, frozenset[str]] | None = None,
    larger_bodies: Mapping[str, int] | None = None,
    serves_metrics: bool = True,
    remarks: Callable[[], Mapping[str, str]] = dict,
) -> FastAPI:
    """Problems as RFC 9457, bounded bodies, /healthz, /readyz, /metrics, /asyncapi, request metrics and trace context.

    Args:
        service: its name, such as `ingest`.
        version: of Hejnał.
        description: what the API is for, in Markdown.
        lifespan: starts and stops what the service needs.
        readiness: the reasons why the service can't do its work at present; none means ready.
        max_body_bytes: for a request's body.
        media_types: what a route takes beside `application/json`, by path prefix.
        larger_bodies: bytes allowed, by path prefix.
        serves_metrics: False where /metrics has an address of its own.
        remarks: what /readyz tells beside, by name: what the service does without at present.
    """
    app = FastAPIOffline(  # its /docs needs nothing from outside: a city's bunker has no CDN
        title=f"Hejnał {service}",
        version=version,
        description=description,
        lifespan=lifespan,
        redoc_url=None,
        # Edge continues the trace and counts; FastAPI's own four spans a request took a tenth of ingest's time.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    install_problem_handlers(app)
    app.add_middleware(
        Edge,
        max_body_bytes=max_body_bytes,
        media_types=dict(media_types or {}),
        larger_bodies=dict(larger_bodies or {}),
    )

    @app.get("/healthz", tags=["operations"])
    async def healthz() -> dict[str, str]:
        """Alive: the process answers."""
        return {"status": "alive"}

    @app.get("/readyz", tags=["operations"], responses=problem_responses(503))
    async def readyz() -> Response:
        """Ready: it can do its work now, else 503 with the reasons."""
        reasons = list(await readiness())
        if reasons:
            problem = Problem(
                503, "Not ready: " + "; ".join(reasons), headers={"Retry-After": "1"}, extra={"reasons": reasons}
            )
            return problem_response(problem)
        return JSONResponse({"status": "ready", **remarks()})

    @app.get("/asyncapi", tags=["operations"])
    async def asyncapi() -> dict[str, object]:
        """The topics this service reads and writes (AsyncAPI 3.0)."""
        return async_api_of(service, version)

    if serves_metrics:

        @app.get("/metrics", tags=["operations"], response_class=PlainTextResponse)
        async def metrics(request: Request) -> Response:
            """Prometheus' text format, OpenMetrics when asked for."""
            encode, content_type = choose_encoder(request.headers.get("accept", ""))
            return Response(encode(REGISTRY), headers={"Content-Type": content_type})

    return app
