"""HTTP in and out: what the phones got, how the providers behave, and the page that shows both."""

import asyncio
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from sandbox.behaviour import CHANNELS, PROVIDERS, Behaviours, Mode, behaviour_for
from sandbox.messages import Channel, Message, Messages, Provider, write_messages
from sandbox.owners import Owner, owners
from shared.web import Problem, RequestBody, problem_responses

__all__ = ["page_routes", "routes"]

_MOST_MESSAGES = 10_000
_LOOKED_AT = 5_000
_OWNERS_SHOWN = 60
_MESSAGES_EACH = 20
_STATIC = Path(__file__).parent / "static"
_STATIC_TYPES = {"page.js": "text/javascript", "page.css": "text/css", "icon.svg": "image/svg+xml"}
_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def _number_with_plus(to: str) -> str:
    """A plus that was not escaped in the query arrives as a space."""
    return "+" + to[1:] if to.startswith(" ") else to


class MessagesQuery(BaseModel):
    """`since` is inclusive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Channel | None = None
    to: Annotated[str, AfterValidator(_number_with_plus)] | None = None
    since: AwareDatetime | None = None
    reference: str | None = None
    limit: Annotated[int, Field(ge=1, le=_MOST_MESSAGES)] = _MOST_MESSAGES


class MessagesAnswer(BaseModel):
    """Oldest first."""

    messages: list[Message]


class BehaviourBody(RequestBody):
    """`seconds` is the delay of `slow`, and for every other mode how long until it is normal again (without it: until changed)."""

    channel: Channel
    provider: Provider | None = None
    """Both without it."""
    mode: Mode
    seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None
    permanent: bool = False
    """With `refuse`: no for good (ESME_RINVDSTADR, 550, 410) rather than for now (ESME_RTHROTTLED, 451, 503)."""


class TextBody(RequestBody):
    """What the owner of a phone writes back. `to` is the city's number or name; `text` may be long: it goes in parts."""

    sender: Annotated[str, Field(alias="from", pattern=r"^\+[0-9]{6,15}$")]
    to: Annotated[str, Field(min_length=1, max_length=20)] = "Hejnal"
    text: Annotated[str, Field(min_length=1, max_length=4_000)]
    provider: Provider = "a"


class ProviderState(BaseModel):
    """How one provider behaves at present; `seconds` is its delay or what is left until it is normal."""

    channel: Channel
    provider: Provider
    mode: Mode
    seconds: float | None
    permanent: bool


class BehaviourAnswer(BaseModel):
    """Every provider of every channel."""

    providers: list[ProviderState]


class OwnersAnswer(BaseModel):
    """What the page draws."""

    owners: list[Owner]
    providers: list[ProviderState]
    addresses: dict[str, str]


def routes(
    messages: Messages,
    behaviours: Behaviours,
    addresses: dict[str, str],
    send_text: Callable[[Provider, str, str, str], bool],
    *,
    slow_s: float,
) -> APIRouter:
    """`addresses` by name, such as `smpp-a`, filled once the servers listen; `send_text` as `Sandbox.send_text`."""
    router = APIRouter(tags=["sandbox"])

    @router.get("/v1/messages", response_model=MessagesAnswer, responses=problem_responses(422))
    async def list_messages(query: Annotated[MessagesQuery, Query()]) -> Response:
        """What the phones and mailboxes got, as their owners see it."""
        found = messages.find(
            channel=query.channel, to=query.to, since=query.since, reference=query.reference, limit=query.limit
        )
        return Response(write_messages(found), media_type="application/json")

    @router.delete("/v1/messages", status_code=204)
    async def clear_messages() -> None:
        """Empties every phone and mailbox; the providers remember what they took."""
        messages.clear()

    @router.post("/v1/texts", status_code=202, responses=problem_responses(400, 409, 413, 415, 422))
    async def text(body: TextBody) -> dict[str, str]:
        """Writes an SMS from a phone to the city: an answer, STOP, or a report."""
        if not send_text(body.provider, body.sender, body.to, body.text):
            raise Problem(409, f"Nobody is bound to the SMSC {body.provider}: start the notifier first.")
        return {"state": "on_its_way"}

    @router.get("/v1/behaviour")
    async def read_behaviour() -> BehaviourAnswer:
        return BehaviourAnswer(providers=_states(behaviours))

    @router.post("/v1/behaviour", responses=problem_responses(400, 413, 415, 422))
    async def change_behaviour(body: BehaviourBody) -> BehaviourAnswer:
        """Breaks one provider of a channel, or both, on purpose; `normal` mends it."""
        now_s = asyncio.get_running_loop().time()
        behaviour = behaviour_for(body.mode, body.seconds, now_s, slow_s=slow_s, permanent=body.permanent)
        behaviours.put(body.channel, body.provider, behaviour)
        return BehaviourAnswer(providers=_states(behaviours))

    @router.get("/v1/owners", response_model=OwnersAnswer, responses={304: {"description": "Nothing has changed"}})
    async def list_owners(request: Request) -> Response:
        """The phones and mailboxes that heard something last, each with its newest messages; for the page, which asks every second."""
        states = _states(behaviours)
        shape = [(state.mode, state.permanent, state.seconds is None) for state in states]
        tag = f'"{sha256(f"{messages.version}{messages.epoch}{shape}".encode()).hexdigest()[:16]}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"ETag": tag})
        shown = owners(messages.newest_first(), looked_at=_LOOKED_AT, shown=_OWNERS_SHOWN, messages_each=_MESSAGES_EACH)
        answer = OwnersAnswer(owners=shown, providers=states, addresses=addresses)
        return Response(answer.model_dump_json(by_alias=True), media_type="application/json", headers={"ETag": tag})

    return router


def page_routes() -> APIRouter:
    """The page and its parts; scripts and styles only from files of its own."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def page() -> FileResponse:
        return FileResponse(_STATIC / "index.html", headers=_SECURITY_HEADERS)

    for name, media_type in _STATIC_TYPES.items():
        _serve(router, name, media_type)
    return router


def _serve(router: APIRouter, name: str, media_type: str) -> None:
    @router.get(f"/static/{name}")
    async def file() -> FileResponse:
        return FileResponse(_STATIC / name, media_type=media_type, headers=_SECURITY_HEADERS)


def _states(behaviours: Behaviours) -> list[ProviderState]:
    now_s = asyncio.get_running_loop().time()
    states = []
    for channel in CHANNELS:
        for provider in PROVIDERS:
            behaviour = behaviours.now(channel, provider, now_s)
            left_s = None if behaviour.until_s is None else behaviour.until_s - now_s
            seconds = behaviour.delay_s if behaviour.mode is Mode.SLOW else left_s
            states.append(
                ProviderState(
                    channel=channel,
                    provider=provider,
                    mode=behaviour.mode,
                    seconds=None if seconds is None else round(seconds, 1),
                    permanent=behaviour.permanent,
                )
            )
    return states
