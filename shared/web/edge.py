"""The ASGI middleware in front of every API: media type, size, trace context, metrics."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.telemetry import continue_trace
from shared.telemetry.metrics import HTTP_REQUESTS, HTTP_SECONDS
from shared.web.problems import Problem, problem_response

__all__ = ["Edge"]

_WITH_BODY = {"POST", "PUT", "PATCH"}


class Edge:
    """Refuses bodies that are too large (413, without reading on) or of another media type (415), measures, continues the trace.

    Args:
        max_body_bytes: for every route but those named in `larger_bodies`.
        media_types: what a route takes beside `application/json`, by path prefix.
        larger_bodies: bytes allowed, by path prefix.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body_bytes: int,
        media_types: Mapping[str, frozenset[str]],
        larger_bodies: Mapping[str, int],
    ) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._media_types = media_types
        self._larger_bodies = larger_bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        status = 500

        async def measured(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                HTTP_SECONDS.labels(_route(scope)).observe(perf_counter() - began)
            await send(message)

        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        limit = _of_prefix(self._larger_bodies, scope["path"]) or self._max_body_bytes
        try:
            with continue_trace(headers.get(b"traceparent"), f"{scope['method']} {scope['path']}"):
                if (refusal := self._refusal(scope, headers, limit)) is not None:
                    await problem_response(refusal)(scope, receive, measured)
                    return
                await self._app(scope, _counted(receive, limit), measured)
        finally:
            HTTP_REQUESTS.labels(scope["method"], _route(scope), str(status)).inc()

    def _refusal(self, scope: Scope, headers: Mapping[bytes, str], limit: int) -> Problem | None:
        length = headers.get(b"content-length", "")
        if length.isdigit() and int(length) > limit:
            return _too_large(limit)
        has_body = length not in {"", "0"} or b"transfer-encoding" in headers
        if scope["method"] not in _WITH_BODY or not has_body:
            return None
        allowed = (_of_prefix(self._media_types, scope["path"]) or frozenset()) | {"application/json"}
        given = headers.get(b"content-type", "").partition(";")[0].strip().lower()
        if given in allowed:
            return None
        return Problem(415, f"This address takes {' or '.join(sorted(allowed))}, not {given or 'a body without a Content-Type'}.")


def _counted(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            problem = _too_large(limit)
            raise HTTPException(problem.status, problem.detail, problem.headers)  # FastAPI makes a 400 of anything else
        return message

    return counted


def _too_large(limit: int) -> Problem:
    return Problem(413, f"The body is larger than {limit} bytes: send less at once.", headers={"Connection": "close"})


def _of_prefix(by_prefix: Mapping[str, Any], path: str) -> Any:
    return next((value for prefix, value in by_prefix.items() if path.startswith(prefix)), None)


def _route(scope: Scope) -> str:
    """The route's template, so that the label is bounded: no id is in it."""
    return getattr(scope.get("route"), "path", "unknown")
