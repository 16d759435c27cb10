"""One provider's mail server: STARTTLS, any sign-in, every mailbox is here."""

import asyncio
import ssl
from collections.abc import Callable
from datetime import datetime
from itertools import count
from typing import Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from sandbox import metrics
from sandbox.behaviour import Behaviour, Behaviours, Mode
from sandbox.mail import read_mail
from sandbox.messages import Email, Messages, Provider, to_millisecond
from sandbox.settings import SandboxSettings

__all__ = ["MailServer"]

_TEMPORARY = "451 4.7.1 The sandbox refuses for now; try again later"
_PERMANENT = "550 5.1.1 The sandbox knows no such mailbox"


class MailServer:
    """aiosmtpd calls the `handle_` methods. `now` gives aware UTC times."""

    def __init__(
        self,
        provider: Provider,
        settings: SandboxSettings,
        behaviours: Behaviours,
        messages: Messages,
        now: Callable[[], datetime],
    ) -> None:
        self._provider: Provider = provider
        self._settings = settings
        self._behaviours = behaviours
        self._messages = messages
        self._now = now
        self._ids = count(1)
        self._id_prefix = f"m{provider}{int(now().timestamp() * 1000):x}"

    def new_connection(self, tls: ssl.SSLContext) -> asyncio.Protocol:
        connection: asyncio.Protocol = SMTP(
            self,
            hostname=f"mail-{self._provider}.sandbox",
            ident="Hejnal sandbox",
            tls_context=tls,
            enable_SMTPUTF8=True,
            data_size_limit=self._settings.smtp_message_bytes,
            timeout=self._settings.hold_s,
            authenticator=lambda *_: AuthResult(success=True),
            loop=asyncio.get_running_loop(),
        )
        return connection

    async def handle_RCPT(  # noqa: N802 aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        behaviour = self._behaviour()
        if behaviour.mode is Mode.REFUSE:
            self._count("refused")
            return _PERMANENT if behaviour.permanent else _TEMPORARY
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 aiosmtpd's name
        """Waits and breaks here end when the client hangs up: aiosmtpd cancels its handler then."""
        behaviour = self._behaviour()
        if behaviour.mode is Mode.TIMEOUT:
            self._count("unanswered")
            await _until_gone()
        if behaviour.mode is Mode.SLOW:
            await asyncio.sleep(behaviour.delay_s)
        queue_id = self._deliver(envelope)
        if behaviour.mode is Mode.DROP_AFTER_ACCEPT:
            _drop(server)
            await _until_gone()
        return f"250 2.0.0 OK queued as {queue_id}"

    async def handle_exception(self, _error: Exception) -> str:
        """A broken dialogue is the client's: no stack trace over the wire."""
        self._count("invalid")
        return "451 4.3.0 The sandbox could not do that"

    def _deliver(self, envelope: Envelope) -> str:
        """One message a mailbox, each with an id of its own; the first of them is the queue's."""
        content: Any = envelope.content
        mail = read_mail(content if isinstance(content, bytes) else str(content).encode(), envelope.mail_from or "")
        received_at = to_millisecond(self._now())
        ids = [f"{self._id_prefix}{next(self._ids):06d}" for _ in envelope.rcpt_tos]
        for message_id, to in zip(ids, envelope.rcpt_tos, strict=True):
            self._messages.add(
                Email(
                    provider=self._provider,
                    to=to,
                    sender=mail.sender,
                    received_at=received_at,
                    provider_message_id=message_id,
                    reference=mail.reference,
                    subject=mail.subject,
                    body=mail.body,
                    html=mail.html,
                )
            )
            self._count("accepted")
        return ids[0]

    def _behaviour(self) -> Behaviour:
        return self._behaviours.now("email", self._provider, asyncio.get_running_loop().time())

    def _count(self, outcome: str) -> None:
        metrics.MESSAGES.labels("email", self._provider, outcome).inc()


async def _until_gone() -> None:
    await asyncio.Event().wait()


def _drop(server: SMTP) -> None:
    """Below TLS: its transport would say goodbye."""
    transport = server._original_transport or server.transport  # noqa: SLF001 aiosmtpd keeps the plain transport there
    cast(asyncio.Transport, transport).abort()
