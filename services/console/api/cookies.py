"""The session's cookie."""

from starlette.responses import Response

__all__ = ["cookie_name", "drop_cookie", "set_cookie"]


def cookie_name(*, behind_tls: bool) -> str:
    """With `__Host-` a browser takes it from this very host by https only, so no neighbour can plant one."""
    return "__Host-hejnal" if behind_tls else "hejnal-session"


def set_cookie(response: Response, secret: str, *, behind_tls: bool, max_age_s: int) -> None:
    response.set_cookie(
        cookie_name(behind_tls=behind_tls),
        secret,
        max_age=max_age_s,
        path="/",
        secure=behind_tls,
        httponly=True,
        samesite="strict",
    )


def drop_cookie(response: Response, *, behind_tls: bool) -> None:
    response.delete_cookie(
        cookie_name(behind_tls=behind_tls), path="/", secure=behind_tls, httponly=True, samesite="strict"
    )
