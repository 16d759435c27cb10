"""HTTP in and out, thin: who is it, may they, is it valid; then flow.py."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from services.ingest.bodies import ReadingsAccepted, RefusedItem, ReportAccepted, ReportStatus, StatusMessage
from services.ingest.core.gateway_keys import GatewayKey
from services.ingest.core.idempotency import Repeat, is_key
from services.ingest.core.keyed_hash import Secret
from services.ingest.core.readings import RefusedReading
from services.ingest.flow import AcceptReadings, AcceptReports, FollowReports
from services.ingest.metrics import ACKNOWLEDGE_SECONDS, BATCH_READINGS, READINGS, REPORTS
from services.ingest.reading_bodies import parse_readings
from services.ingest.report_body import parse_report
from shared.errors import Invalid, Transient
from shared.web import FieldError, Problem, problem_responses
from shared.web.client_address import Network, client_address

__all__ = ["Door", "make_router"]

_POINTERS = {
    "phone_not_valid": "/contact/phone",
    "email_not_valid": "/contact/email",
    "photo_unknown": "/photos",
    "idempotency_key_reused": "header/Idempotency-Key",
    "idempotency_key_not_valid": "header/Idempotency-Key",
    "number_of_readings": "/readings",
    "too_many_keys": "",
}


class Limit(Protocol):
    """How much one client may send."""

    async def seconds_to_wait(self, client: str, amount: int = 1) -> int: ...
    async def give_back(self, client: str, amount: int = 1) -> None: ...


class Keys(Protocol):
    async def opened_by(self, key: str) -> GatewayKey | None: ...


@dataclass(frozen=True, slots=True)
class Door:
    """What the routes need. `status_base` stands before `/v1/reports/…` in a status address."""

    reports: AcceptReports
    readings: AcceptReadings
    statuses: FollowReports
    keys: Keys
    report_limit: Limit
    reading_limit: Limit
    secret: Secret
    trusted_proxies: Sequence[Network]
    country: str
    status_base: str


def make_router(door: Door) -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.post(
        "/reports",
        status_code=202,
        tags=["reports"],
        response_model=ReportAccepted,
        responses=problem_responses(400, 413, 415, 422, 429, 503),
        openapi_extra=_REPORT_REQUEST,
    )
    async def post_report(request: Request) -> Response:
        """Takes a resident's report. 202 means that it is kept. Every request counts against the sender's limit, valid or not."""
        client = door.secret.client(_address(request, door.trusted_proxies))
        _refuse_if_too_many(REPORTS, await door.report_limit.seconds_to_wait(client))
        try:
            return await _accept_report(door, request, client)
        except Transient as error:
            REPORTS.labels("refused", error.reason).inc()
            await door.report_limit.give_back(client)
            raise

    @router.get("/reports/{report_id}", tags=["reports"], responses=problem_responses(404, 503))
    async def get_report(
        report_id: str, code: Annotated[str, Query(description="the tracking code of the report")] = ""
    ) -> ReportStatus:
        """Says what became of a report, to whoever has its tracking code."""
        standing = await door.statuses.standing(report_id, code)
        if standing is None:
            raise Problem(404, "There is no report with this id and this code.")
        messages = tuple(StatusMessage(kind=one.kind, at=one.at, text=one.text) for one in standing.messages)
        return ReportStatus(
            report_id=report_id,
            state=standing.state,
            category=standing.category,
            updated_at=standing.updated_at,
            messages=messages,
        )

    @router.post(
        "/readings",
        status_code=202,
        tags=["readings"],
        response_model=ReadingsAccepted,
        responses=problem_responses(400, 401, 413, 415, 422, 429, 503),
        openapi_extra=_READINGS_REQUEST,
    )
    async def post_readings(request: Request) -> Response:
        """Takes one reading or up to 1,000. 202 means that the accepted ones are kept; the others are named with the reason."""
        key = await _gateway_key(door.keys, request)
        try:
            return await _accept_readings(door, await request.body(), key)
        except (Invalid, ValidationError) as error:
            raise _refused(READINGS, error) from error
        except Transient as error:
            READINGS.labels("refused", error.reason).inc()
            raise

    return router


async def _accept_report(door: Door, request: Request, client: str) -> Response:
    try:
        key = _idempotency_key(request)
        report = parse_report(await request.body(), door.secret, door.country)
        with ACKNOWLEDGE_SECONDS.labels("report").time():
            accepted = await door.reports.accept(report, client, key)
    except (Invalid, ValidationError) as error:
        raise _refused(REPORTS, error) from error
    REPORTS.labels("accepted" if accepted.repeat in {Repeat.NEW, Repeat.PENDING} else "repeated", accepted.repeat).inc()
    path = f"/v1/reports/{accepted.report_id}?code={accepted.tracking_code}"
    return _accepted(
        ReportAccepted(
            report_id=accepted.report_id, tracking_code=accepted.tracking_code, status_url=door.status_base + path
        )
    )


async def _accept_readings(door: Door, body: bytes, key: GatewayKey) -> Response:
    parsed = parse_readings(body)
    count = len(parsed.valid) + len(parsed.refused)
    _refuse_if_too_many(READINGS, await door.reading_limit.seconds_to_wait(key.key_id, count))
    with ACKNOWLEDGE_SECONDS.labels("readings").time():
        taken = await door.readings.accept(parsed.valid, key)
    refused = sorted((*parsed.refused, *taken.refused), key=lambda one: one.index)
    _count_readings(len(taken.accepted), refused)
    if not taken.accepted:
        raise _none_accepted(refused, is_batch=parsed.is_batch)
    return _accepted(ReadingsAccepted(accepted=len(taken.accepted), rejected=_items(refused)))


def _count_readings(accepted: int, refused: Sequence[RefusedReading]) -> None:
    BATCH_READINGS.observe(accepted + len(refused))
    READINGS.labels("accepted", "valid").inc(accepted)
    for one in refused:
        READINGS.labels("refused", one.reason).inc()


def _none_accepted(refused: Sequence[RefusedReading], *, is_batch: bool) -> Problem:
    errors = [
        FieldError(f"/readings/{one.index}{one.pointer}" if is_batch else one.pointer, f"{one.reason}: {one.detail}")
        for one in refused
    ]
    rejected = [item.model_dump(mode="json") for item in _items(refused)]
    return Problem(
        422, "No reading was accepted: see `errors`.", errors=errors, extra={"accepted": 0, "rejected": rejected}
    )


def _items(refused: Sequence[RefusedReading]) -> tuple[RefusedItem, ...]:
    return tuple(
        RefusedItem(index=one.index, reason=one.reason, pointer=one.pointer, detail=one.detail) for one in refused
    )


async def _gateway_key(keys: Keys, request: Request) -> GatewayKey:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    found = await keys.opened_by(key.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        READINGS.labels("refused", "unauthorized").inc()
        detail = "Send `Authorization: Bearer <gateway key>` with a key that is in force."
        raise Problem(401, detail, headers={"WWW-Authenticate": "Bearer"})
    return found


def _address(request: Request, trusted: Sequence[Network]) -> str:
    peer = request.client.host if request.client else "local"
    return client_address(peer, ",".join(request.headers.getlist("x-forwarded-for")), trusted)


def _idempotency_key(request: Request) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not is_key(key):
        raise Invalid("idempotency_key_not_valid", "an Idempotency-Key is 1 to 200 printable ASCII characters")
    return key


def _refuse_if_too_many(counter: Any, wait_s: int) -> None:
    if wait_s:
        counter.labels("refused", "too_many").inc()
        detail = f"Too many in too short a time: come again in {wait_s} seconds. In danger call 112."
        raise Problem(429, detail, headers={"Retry-After": str(wait_s)})


def _refused(counter: Any, error: Invalid | ValidationError) -> Exception:
    if isinstance(error, Invalid):
        counter.labels("refused", error.reason).inc()
        found = FieldError(_POINTERS[error.reason], error.detail)
        return Problem(422, "The request is not valid: see `errors`, mend it and send it again.", errors=[found])
    details = error.errors(include_url=False, include_input=False, include_context=False)
    counter.labels("refused", "not_json" if details[0]["type"] == "json_invalid" else "not_valid").inc()
    return RequestValidationError(
        [{**one, "loc": ("body", *one["loc"]), "msg": one["msg"].removeprefix("Value error, ")} for one in details]
    )


def _accepted(body: BaseModel) -> Response:
    return Response(body.model_dump_json(), 202, media_type="application/json")


def _request_of(*schemas: str) -> dict[str, Any]:
    references = [{"$ref": f"#/components/schemas/{schema}"} for schema in schemas]
    schema = references[0] if len(references) == 1 else {"oneOf": references}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A value of the client's choice (a UUID, say). The same key with the same body is one report, for 24 hours.",
    "schema": {"type": "string", "pattern": "^[!-~]([ -~]{0,198}[!-~])?$"},
}
_REPORT_REQUEST = {"requestBody": _request_of("ReportBody"), "parameters": [_IDEMPOTENCY_KEY]}
_READINGS_REQUEST = {"requestBody": _request_of("ReadingBody", "BatchBody"), "security": [{"gatewayKey": []}]}
