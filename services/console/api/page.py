"""The page's own files, and the headers that every answer carries."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["SecurityHeaders", "serve_page"]

# Own scripts, styles, pictures and connections, nothing inline and nothing from elsewhere.
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The API's documentation (Swagger UI, its files our own) starts by a script in its page.
DOCS_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HASHED: Final = "/assets/"
_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_NOT_BUILT: Final = (
    "The console's page is not built. Run `make web`, or set HEJNAL_CONSOLE_WEB_DIR to where it is.\n"
    "The API works all the same: see /docs.\n"
)


class SecurityHeaders:
    """ASGI middleware: the page's policy, no guessing of types, no address told to others, nothing private cached."""

    def __init__(self, app: ASGIApp, *, behind_tls: bool) -> None:
        self._app = app
        self._behind_tls = behind_tls

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope["path"])
            await send(message)

        await self._app(scope, receive, with_headers)

    def _add(self, headers: MutableHeaders, path: str) -> None:
        headers["Content-Security-Policy"] = DOCS_POLICY if path == "/docs" else PAGE_POLICY
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if self._behind_tls:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if path.startswith("/v1/"):
            headers.setdefault("Cache-Control", "no-store")


class _PageFiles(StaticFiles):
    """Files named by their contents' hash never change; everything else is asked for again (and answered 304)."""

    def file_response(self, full_path: object, *given: object, **named: object) -> Response:
        response = super().file_response(full_path, *given, **named)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = _FOREVER if _HASHED in Path(str(full_path)).as_posix() else _ASK_AGAIN
        return response


def serve_page(app: FastAPI, web_dir: Path) -> None:
    """Serve the built page at `/`; what to do instead, where it is not built."""
    if (web_dir / "index.html").is_file():
        app.mount("/", _PageFiles(directory=web_dir, html=True), name="page")
        return

    @app.get("/", include_in_schema=False)
    async def not_built() -> Response:
        return PlainTextResponse(_NOT_BUILT, status_code=503)
