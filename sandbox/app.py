"""Composition root: the providers, the phones, and the HTTP side of them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib.metadata import version

import structlog
from fastapi import FastAPI

from sandbox.api import page_routes, routes
from sandbox.behaviour import PROVIDERS, Behaviours
from sandbox.certificates import tls_context
from sandbox.messages import Messages, Provider
from sandbox.push.api import push_routes
from sandbox.push.phones import Phones
from sandbox.push.service import PushService
from sandbox.settings import SandboxSettings
from sandbox.smpp.smsc import Smsc
from sandbox.smtp import MailServer
from shared.web import make_app

__all__ = ["Sandbox"]

_log = structlog.get_logger()
_MAX_BODY_BYTES = 65_536


class Sandbox:
    """Everything on the other side of the wire. `app` is served by uvicorn; its lifespan opens and closes the other ports."""

    def __init__(self, settings: SandboxSettings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.settings = settings
        self.addresses: dict[str, str] = {}
        """Of each server by name (`smpp-a`, `smtp-b`, …), once it listens."""
        self._now = now
        self._behaviours = Behaviours()
        self._messages = Messages(settings.messages_kept)
        self._servers: list[asyncio.Server] = []
        self._smscs: list[Smsc] = []
        self.app = self._make_app()

    def _make_app(self) -> FastAPI:
        settings = self.settings
        phones = Phones(settings.state_dir, settings.subscriptions_kept)
        service = PushService(phones, self._behaviours, self._messages, self._now)
        app = make_app(
            "sandbox",
            version=version("hejnal"),
            description="The other side of the wire: SMSCs, mail servers, a push service, and the phones behind them.",
            lifespan=self._lifespan,
            readiness=self._readiness,
            max_body_bytes=_MAX_BODY_BYTES,
            media_types={"/push/": frozenset({"application/octet-stream", ""})},
            larger_bodies={"/push/": settings.push_payload_bytes},
        )
        app.include_router(
            routes(self._messages, self._behaviours, self.addresses, self.send_text, slow_s=settings.slow_s)
        )
        app.include_router(push_routes(phones, service, public_url=settings.public_url, hold_s=settings.hold_s))
        app.include_router(page_routes())
        return app

    def send_text(self, provider: Provider, phone: str, to: str, text: str) -> bool:
        """From a phone to the city; False when no sender is bound to that SMSC."""
        return any(smsc.text(phone, to, text) for smsc in self._smscs if smsc.provider == provider)

    @asynccontextmanager
    async def _lifespan(self, _app: FastAPI) -> AsyncIterator[None]:
        try:
            await self._open()
            _log.info("sandbox_listens", addresses=self.addresses)
            yield
        finally:
            await self._close()

    async def _open(self) -> None:
        settings = self.settings
        tls = tls_context(settings.tls_dir, settings.tls_names, self._now())
        smpp_ports, smtp_ports = (
            (settings.smpp_a_port, settings.smpp_b_port),
            (settings.smtp_a_port, settings.smtp_b_port),
        )
        for provider, smpp_port, smtp_port in zip(PROVIDERS, smpp_ports, smtp_ports, strict=True):
            smsc = Smsc(provider, settings, self._behaviours, self._messages, self._now)
            self._smscs.append(smsc)
            await self._listen(f"smpp-{provider}", smsc.new_session, smpp_port)
            mail = MailServer(provider, settings, self._behaviours, self._messages, self._now)
            await self._listen(f"smtp-{provider}", _connections(mail, tls), smtp_port)

    async def _listen(self, name: str, factory: Callable[[], asyncio.BaseProtocol], port: int) -> None:
        server = await asyncio.get_running_loop().create_server(factory, self.settings.host, port)
        self._servers.append(server)
        host, bound_port = server.sockets[0].getsockname()[:2]
        self.addresses[name] = f"{host}:{bound_port}"

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for smsc in self._smscs:
            smsc.close()

    async def _readiness(self) -> Sequence[str]:
        closed = sum(not server.is_serving() for server in self._servers)
        expected = 2 * len(PROVIDERS)
        if len(self._servers) < expected or closed:
            return [f"{expected - len(self._servers) + closed} of {expected} ports do not listen"]
        return []


def _connections(mail: MailServer, tls: ssl.SSLContext) -> Callable[[], asyncio.BaseProtocol]:
    return lambda: mail.new_connection(tls)
