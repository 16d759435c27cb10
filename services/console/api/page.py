"""The page's own files, and the headers that every answer carries."""

import base64
import re
from hashlib import sha256
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
_INLINE_SCRIPT: Final = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
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

        held: list[Message] = []

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope["path"])
                if scope["path"] == "/docs":
                    held.append(message)  # its policy names the hash of what is in its body
                    return
            elif held:
                start = held.pop()
                MutableHeaders(scope=start)["Content-Security-Policy"] = _docs_policy(message.get("body", b""))
                await send(start)
            await send(message)

        await self._app(scope, receive, with_headers)

    def _add(self, headers: MutableHeaders, path: str) -> None:
        headers["Content-Security-Policy"] = PAGE_POLICY
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "no-referrer"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        if self._behind_tls:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if path.startswith("/v1/"):
            headers.setdefault("Cache-Control", "no-store")


def _docs_policy(page: bytes) -> str:
    """Swagger UI (its files are our own) is started by a script in its page, and sets styles as it goes."""
    hashes = [base64.b64encode(sha256(script).digest()).decode() for script in _INLINE_SCRIPT.findall(page)]
    scripts = " ".join(["'self'", *(f"'sha256-{one}'" for one in hashes)])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


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
