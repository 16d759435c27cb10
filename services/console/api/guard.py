"""Who asks, and may they? Answered before the address, its parameters or the body are looked at."""

from collections.abc import Callable
from datetime import datetime

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Receive, Scope, Send

from services.console.adapters.people import People
from services.console.api.cookies import cookie_name
from services.console.core.credentials import fingerprint, is_csrf_token
from services.console.core.roles import Identity, is_open, is_unsafe, least_role
from shared.errors import Transient
from shared.web import Problem
from shared.web.problems import problem_response

__all__ = ["Guard"]


class Guard:
    """ASGI middleware: 401, then 403, and then only the rest. Leaves the `Identity` in the request's state.

    Args:
        people: who there is; asked for late, as the database opens with the service.
        behind_tls: which name the cookie has.
        now: the clock.
    """

    def __init__(
        self, app: ASGIApp, *, people: Callable[[], People], behind_tls: bool, now: Callable[[], datetime]
    ) -> None:
        self._app = app
        self._people = people
        self._cookie = cookie_name(behind_tls=behind_tls)
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_open(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            scope.setdefault("state", {})["identity"] = await self._admit(scope)
        except Problem as problem:
            await problem_response(problem)(scope, receive, send)
            return
        except Transient as error:
            away = Problem(
                503, "Hejnał cannot look up who you are at the moment: try again.", headers={"Retry-After": "2"}
            )
            away.extra["reason"] = error.reason
            await problem_response(away)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope) -> Identity:
        headers = Headers(scope=scope)
        identity = await self._identity(headers, is_unsafe(scope["method"]))
        needed = least_role(scope["method"], scope["path"])
        if not identity.role.at_least(needed):
            raise Problem(403, f"This needs the role {needed}; yours is {identity.role}.")
        return identity

    async def _identity(self, headers: Headers, unsafe: bool) -> Identity:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            found = await self._people().by_token(fingerprint(token.strip()))
            if found is None:
                raise _unknown("This token is not known, or its owner was disabled.", error="invalid_token")
            return found
        secret = cookie_parser(headers.get("cookie", "")).get(self._cookie)
        found = await self._people().by_session(fingerprint(secret), self._now()) if secret else None
        if found is None:
            raise _unknown("Sign in (POST /v1/session), or send a bearer token.")
        if unsafe and not is_csrf_token(secret or "", headers.get("x-csrf-token", "")):
            raise Problem(403, "Send the session's csrf_token (GET /v1/session) as X-CSRF-Token.")
        return found


def _unknown(detail: str, error: str | None = None) -> Problem:
    challenge = f'Bearer realm="hejnal", error="{error}"' if error else 'Bearer realm="hejnal"'
    return Problem(401, detail, headers={"WWW-Authenticate": challenge})
