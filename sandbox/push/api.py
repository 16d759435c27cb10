"""Web Push over HTTP: phones are made, messages come in."""

import asyncio
from contextlib import suppress
from typing import Annotated, NoReturn

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sandbox.line import drop_line
from sandbox.messages import Provider
from sandbox.push.delivery import PushError, read_headers
from sandbox.push.phones import Phones
from sandbox.push.service import PushService, Silence
from shared.web import Problem, RequestBody, problem_responses

__all__ = ["push_routes"]

_BUSY_S = "1"


class Keys(BaseModel):
    """What a browser tells of its keys, base64url."""

    model_config = ConfigDict(frozen=True)

    p256dh: str
    auth: str


class PushSubscription(BaseModel):
    """As a browser's `PushSubscription.toJSON()`."""

    model_config = ConfigDict(frozen=True)

    endpoint: str
    keys: Keys


class NewPhone(RequestBody):
    """Everything may be left out."""

    provider: Provider = "a"
    phone: Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None
    """The number of the telephone that the app is on: the page then shows texts and pushes on one screen."""
    vapid_public_key: Annotated[str, Field(max_length=200)] | None = None
    """Restricts the subscription to this application server key (RFC 8292, 4)."""


def push_routes(phones: Phones, service: PushService, *, public_url: str | None, hold_s: float) -> APIRouter:
    """`hold_s` bounds how long a request that gets no answer stays open."""
    router = APIRouter(tags=["push"])

    @router.post("/v1/push-subscriptions", status_code=201, responses=problem_responses(400, 413, 415, 422))
    async def make_phone(request: Request, response: Response, body: NewPhone | None = None) -> PushSubscription:
        """A new phone: the `push_subscription` to subscribe with."""
        wanted = body or NewPhone()
        origin = (public_url or str(request.base_url)).rstrip("/")
        phone = phones.make(
            wanted.provider,
            origin,
            phone=wanted.phone,
            vapid_public_key=(wanted.vapid_public_key or "").rstrip("=") or None,
        )
        response.headers["Location"] = phone.endpoint
        return PushSubscription(endpoint=phone.endpoint, keys=Keys(**phone.public_keys()))

    @router.delete("/push/{provider}/{phone_id}", status_code=204, responses=problem_responses(404, 410))
    async def unsubscribe(provider: str, phone_id: str) -> None:
        """The phone is gone: its endpoint answers 410 from now on."""
        try:
            service.delete(service.phone(provider, phone_id))
        except PushError as error:
            _answer(error)

    @router.post(
        "/push/{provider}/{phone_id}",
        status_code=201,
        response_class=Response,
        responses=problem_responses(400, 401, 403, 404, 410, 413, 415, 503),
    )
    async def push(provider: str, phone_id: str, request: Request) -> Response:
        """A push message (RFC 8030, 5): VAPID, TTL, Urgency, Topic, encrypted with aes128gcm."""
        try:
            phone = service.phone(provider, phone_id)
            sender = service.sender(phone, request.headers.get("authorization"))
            answer = await service.push(phone, sender, read_headers(request.headers), await request.body())
        except PushError as error:
            _answer(error)
        if isinstance(answer, Silence):
            return await _keep_silent(request, 0.0 if answer.drops else hold_s)
        return Response(status_code=201, headers={"Location": answer.location, "TTL": str(answer.ttl_s)})

    return router


def _answer(error: PushError) -> NoReturn:
    headers = {"WWW-Authenticate": "vapid"} if error.status == 401 else {}  # noqa: PLR2004 RFC 9110 asks for it with a 401
    if error.status == 503:  # noqa: PLR2004 temporary
        headers = {"Retry-After": _BUSY_S}
    raise Problem(error.status, f"Not pushed: {error.detail}.", headers=headers) from error


async def _keep_silent(request: Request, hold_s: float) -> Response:
    """Until the client hangs up, at the latest after `hold_s`: then the line drops. The response is never seen."""
    with suppress(TimeoutError):
        async with asyncio.timeout(hold_s):
            await _hung_up(request)
    drop_line(request)
    await _hung_up(request)
    return Response(status_code=503)


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
