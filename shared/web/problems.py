"""Errors as RFC 9457 problem details: what is wrong, where, and what to do. Never a stack trace."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from shared.errors import Transient

__all__ = ["MEDIA_TYPE", "FieldError", "Problem", "install_problem_handlers", "problem_response", "problem_responses"]

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = 5
_log = structlog.get_logger()

_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


@dataclass(frozen=True, slots=True)
class FieldError:
    """`pointer` is a JSON pointer into the body (RFC 6901), or `query/…`, `header/…`, `path/…`."""

    pointer: str
    detail: str


class Problem(Exception):
    """Raise it in a handler to answer with a problem.

    Args:
        status: HTTP status.
        detail: one sentence that says what to do.
        errors: what is wrong where.
        headers: sent along, such as Retry-After.
        extra: further members of the problem, such as the present `alert` of a conflict.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extra = dict(extra or {})


def problem_response(problem: Problem) -> Response:
    title = HTTPStatus(problem.status).phrase
    body: dict[str, Any] = {"type": "about:blank", "title": title, "status": problem.status, "detail": problem.detail}
    if problem.errors:
        body["errors"] = [asdict(error) for error in problem.errors]
    return JSONResponse(body | problem.extra, problem.status, problem.headers, MEDIA_TYPE)


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may answer with problems of these statuses."""
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}} for status in statuses
    }


def install_problem_handlers(app: FastAPI) -> None:
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(Transient, _on_transient)
    app.add_exception_handler(Exception, _on_bug)


async def _on_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(error)


async def _on_invalid_request(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return problem_response(Problem(400, "The body is not JSON: send one JSON document in UTF-8."))
    errors = [FieldError(_pointer(one["loc"]), one["msg"]) for one in found[:50]]
    return problem_response(Problem(422, "The request is not valid: see `errors`, mend it and send it again.", errors=errors))


async def _on_http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    details = {
        400: "The body is not JSON: send one JSON document in UTF-8.",
        404: "There is nothing at this address.",
        405: "This address does not take that method: see the Allow header.",
    }
    detail = details.get(error.status_code, str(error.detail))
    return problem_response(Problem(error.status_code, detail, headers=error.headers))


async def _on_transient(_: Request, error: Exception) -> Response:
    assert isinstance(error, Transient)
    detail = "Hejnał cannot take this at the moment: try again after the seconds in Retry-After."
    return problem_response(Problem(503, detail, headers={"Retry-After": str(_RETRY_AFTER_S)}, extra={"reason": error.reason}))


async def _on_bug(request: Request, error: Exception) -> Response:
    _log.error("request_failed", route=request.scope.get("path"), error=type(error).__name__, exc_info=error)
    return problem_response(Problem(500, "Something failed on our side; it was logged. Trying again later may help."))


def _pointer(loc: Sequence[int | str]) -> str:
    where, *rest = [str(part).replace("~", "~0").replace("/", "~1") for part in loc]
    return "/" + "/".join(rest) if where == "body" else "/".join([where, *rest])
