"""Signing in and out."""

from fastapi import APIRouter, Request, Response
from starlette.requests import cookie_parser

from services.console.api.answers import SessionAnswer, User
from services.console.api.cookies import cookie_name, drop_cookie, set_cookie
from services.console.api.dependencies import PartsOf, Who
from services.console.api.signing_in import TooMany
from services.console.bodies import SignInBody
from services.console.core.credentials import csrf_token
from shared.web import Problem, problem_responses

__all__ = ["router"]

router = APIRouter(tags=["session"], responses=problem_responses(401, 422, 503))


@router.post("/v1/session", responses=problem_responses(400, 413, 415, 429))
async def sign_in(parts: PartsOf, request: Request, response: Response, body: SignInBody) -> SessionAnswer:
    """Sets the session's cookie and returns who signed in. A session that the browser had ends."""
    address = request.client.host if request.client else "unknown"
    try:
        session = await parts.signing_in.sign_in(
            body.username, body.password, address=address, instead_of=_secret(parts, request)
        )
    except TooMany as error:
        wait = {"Retry-After": str(error.wait_s)}
        raise Problem(429, f"Too many tries: wait {error.wait_s} seconds.", headers=wait) from error
    if session is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="hejnal"'}
        raise Problem(401, "User name and password do not fit together.", headers=challenge)
    tls, person = parts.settings.behind_tls, session.person
    set_cookie(response, session.secret, behind_tls=tls, max_age_s=int(parts.settings.session_hours * 3600))
    response.headers["Cache-Control"] = "no-store"
    user = User(user_id=person.user_id, username=person.username, role=person.role)
    return SessionAnswer(user=user, csrf_token=csrf_token(session.secret))


@router.get("/v1/session")
async def show_session(parts: PartsOf, who: Who, request: Request, response: Response) -> SessionAnswer:
    """Who is signed in, and the token that the page sends along; for a page that was loaded again."""
    response.headers["Cache-Control"] = "no-store"
    secret = _secret(parts, request) if who.session_hash else None
    user = User(user_id=who.user_id, username=who.username, role=who.role)
    return SessionAnswer(user=user, csrf_token=csrf_token(secret) if secret else None)


@router.delete("/v1/session", status_code=204, responses=problem_responses(403))
async def sign_out(parts: PartsOf, who: Who, response: Response) -> None:
    """Ends the session; a bearer token has none, and stays valid."""
    if who.session_hash is not None:
        await parts.signing_in.sign_out(who.username, who.session_hash)
    drop_cookie(response, behind_tls=parts.settings.behind_tls)


def _secret(parts: PartsOf, request: Request) -> str | None:
    cookies = cookie_parser(request.headers.get("cookie", ""))
    return cookies.get(cookie_name(behind_tls=parts.settings.behind_tls))
