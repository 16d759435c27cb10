"""HTTP in and out: residents' subscriptions, the way out of them, and providers' delivery reports."""

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Any, NoReturn, Protocol

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from services.notifier.callbacks import Callbacks
from services.notifier.core.confirmation import CodeAnswer
from services.notifier.core.subscription import Subscription
from services.notifier.leaving import LEFT_PAGE, NOTHING_PAGE, PAGE_HEADERS, leave_page
from services.notifier.subscribing.bodies import Confirmation, SubscriptionBody
from services.notifier.subscribing.flow import Subscribing
from shared.errors import Invalid
from shared.web.client_address import client_address
from shared.web.problems import FieldError, Problem, problem_responses

__all__ = ["make_router"]


class Limit(Protocol):
    async def seconds_to_wait(self, client: str) -> int:
        """Counts and returns 0, or returns after how many seconds to come again."""
        ...


Authorization = Annotated[str | None, Header()]


def make_router(
    subscribing: Subscribing,
    callbacks: Callbacks,
    limit: Limit,
    trusted_proxies: Sequence[IPv4Network | IPv6Network],
) -> APIRouter:
    router = APIRouter()
    _add_subscriptions(router, subscribing, limit, trusted_proxies)
    _add_owned(router, subscribing)
    _add_leaving(router, subscribing)
    _add_callbacks(router, callbacks)
    return router


def _add_subscriptions(
    router: APIRouter,
    subscribing: Subscribing,
    limit: Limit,
    trusted_proxies: Sequence[IPv4Network | IPv6Network],
) -> None:
    @router.post("/v1/subscriptions", status_code=201, responses=problem_responses(400, 413, 415, 422, 429, 503))
    async def subscribe(body: SubscriptionBody, request: Request) -> dict[str, str]:
        """Subscribe; a six-digit code goes out by the channel, good for 15 minutes. Keep the owner's token: it is shown only now."""
        await _within_limit(limit, request, trusted_proxies)
        try:
            added = await subscribing.subscribe(body)
        except Invalid as error:
            _refuse(error)
        return {"subscription_id": added.subscription_id, "owner_token": added.owner_token}

    @router.post(
        "/v1/subscriptions/{subscription_id}/confirm",
        responses=problem_responses(400, 404, 410, 413, 415, 422, 429, 503),
    )
    async def confirm(subscription_id: str, body: Confirmation) -> dict[str, str]:
        """Confirm with the code. The fifth wrong one kills it."""
        answer = await subscribing.confirm(subscription_id, body.code)
        match answer:
            case CodeAnswer.CONFIRMED | CodeAnswer.ALREADY_CONFIRMED:
                return {"subscription_id": subscription_id, "state": "confirmed"}
            case None:
                raise Problem(404, "There is no such subscription.")
            case CodeAnswer.WRONG:
                detail = "This is not the code that was sent; check it and type it again."
                raise Problem(422, detail, errors=[FieldError("/code", "wrong code")], extra={"reason": answer})
            case CodeAnswer.EXPIRED:
                raise Problem(
                    410, "The code is no longer good: subscribe again for a new one.", extra={"reason": answer}
                )
            case CodeAnswer.DEAD:
                detail = "Too many wrong codes; this one is dead. Subscribe again for a new one."
                raise Problem(429, detail, headers={"Retry-After": "900"}, extra={"reason": answer})


def _add_owned(router: APIRouter, subscribing: Subscribing) -> None:
    responses = problem_responses(401, 404, 503)

    @router.get("/v1/subscriptions/{subscription_id}", responses=responses)
    async def show(subscription_id: str, authorization: Authorization = None) -> dict[str, Any]:
        """Everything kept of a subscription, for its owner; the address is masked."""
        return dict(subscribing.shown(await _owned(subscribing, subscription_id, authorization)))

    @router.put("/v1/subscriptions/{subscription_id}", responses=problem_responses(400, 401, 404, 413, 415, 422, 503))
    async def change(
        subscription_id: str, body: SubscriptionBody, authorization: Authorization = None
    ) -> dict[str, Any]:
        """Change area, categories, urgency, language or quiet hours. Another address is another subscription."""
        present = await _owned(subscribing, subscription_id, authorization)
        try:
            if not subscribing.reaches_the_same(present, body):
                _refuse(Invalid("another_address", "the address can't be changed: subscribe with the new one"))
            changed = await subscribing.change(present, body)
        except Invalid as error:
            _refuse(error)
        if changed is None:
            raise Problem(404, "There is no such subscription.")
        return dict(subscribing.shown(changed))

    @router.delete("/v1/subscriptions/{subscription_id}", status_code=204, responses=responses)
    async def remove(subscription_id: str, authorization: Authorization = None) -> Response:
        """Leave; everything kept of it is erased."""
        await _owned(subscribing, subscription_id, authorization)
        await subscribing.remove(subscription_id)
        return Response(status_code=204)


def _add_leaving(router: APIRouter, subscribing: Subscribing) -> None:
    @router.get("/leave/{token}", response_class=HTMLResponse, responses=problem_responses(503))
    async def ask_to_leave(token: str) -> HTMLResponse:
        """The last link of every message: a page with one button."""
        if subscribing.of_leave_token(token) is None:
            return HTMLResponse(NOTHING_PAGE, 404, headers=PAGE_HEADERS)
        return HTMLResponse(leave_page(token), headers=PAGE_HEADERS)

    @router.post("/leave/{token}", response_class=HTMLResponse, responses=problem_responses(503))
    async def leave(token: str) -> HTMLResponse:
        """Leave, by the page's button or by a mail program (RFC 8058). Again is harmless."""
        subscription_id = subscribing.of_leave_token(token)
        if subscription_id is None:
            return HTMLResponse(NOTHING_PAGE, 404, headers=PAGE_HEADERS)
        await subscribing.remove(subscription_id)
        return HTMLResponse(LEFT_PAGE, headers=PAGE_HEADERS)


def _add_callbacks(router: APIRouter, callbacks: Callbacks) -> None:
    @router.post(
        "/v1/callbacks/{provider}", status_code=202, responses=problem_responses(400, 401, 404, 413, 415, 422, 503)
    )
    async def report(
        provider: str,
        request: Request,
        authorization: Authorization = None,
        x_hejnal_signature: Annotated[str | None, Header()] = None,
    ) -> JSONResponse:
        """Delivery reports of a provider: one or many. Authenticated by its token, or by its signature of the body."""
        body = await request.body()
        if not callbacks.knows(provider):
            raise Problem(404, "There is no such provider.")
        if not callbacks.is_from(provider, body, authorization, x_hejnal_signature):
            raise Problem(
                401, "Send the provider's token, or its signature of the body.", headers={"WWW-Authenticate": "Bearer"}
            )
        try:
            booked = await callbacks.take(provider, body)
        except Invalid as error:
            status = 400 if error.reason == "not_json" else 422
            raise Problem(status, f"The report can't be read: {error.detail}") from error
        return JSONResponse({"booked": booked}, 202)


async def _within_limit(limit: Limit, request: Request, trusted: Sequence[IPv4Network | IPv6Network]) -> None:
    peer = request.client.host if request.client else "unknown"
    client = client_address(peer, ",".join(request.headers.getlist("x-forwarded-for")), trusted)
    wait_s = await limit.seconds_to_wait(client)
    if wait_s:
        raise Problem(429, "Too many subscriptions from here: come again later.", headers={"Retry-After": str(wait_s)})


async def _owned(subscribing: Subscribing, subscription_id: str, authorization: str | None) -> Subscription:
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(401, "Send the owner's token: Authorization: Bearer …", headers={"WWW-Authenticate": "Bearer"})
    found = await subscribing.owned(subscription_id, token.strip())
    if found is None:  # a wrong token is told nothing, not even that there is something
        raise Problem(404, "There is no such subscription, or this is not its owner's token.")
    return found


_FIELDS = {
    "not_a_phone_number": "/address",
    "not_a_mobile_number": "/address",
    "not_an_email_address": "/address",
    "another_address": "/address",
    "unknown_district": "/area/districts",
}


def _refuse(error: Invalid) -> NoReturn:
    pointer = _FIELDS.get(error.reason, "/area")
    detail = "The subscription is not valid: see `errors`, mend it and send it again."
    raise Problem(422, detail, errors=[FieldError(pointer, error.detail)]) from error
