"""A mail server as a provider: connections kept open, each message taken step by step, so that it is known when it was handed over."""

import asyncio
import ssl
from dataclasses import dataclass

import aiosmtplib
import structlog

from services.notifier.adapters.smtp.mail import write_mail
from services.notifier.send.core.message import Message
from services.notifier.send.core.outcomes import Accepted, Outcome, Receipt, Refused, Unknown

__all__ = ["SmtpProvider", "SmtpServer"]

_log = structlog.get_logger()
_TEMPORARY = frozenset({-1, *range(400, 500)})
"""RFC 5321, 4.2.1; aiosmtplib says -1 when the server gave no code."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """`tls` is `starttls` (demanded, not only offered), `implicit` or `none`; `ca_file` is trusted instead of the system's."""

    host: str
    port: int
    username: str | None
    password: str | None
    tls: str
    ca_file: str | None
    sender: str
    sender_name: str
    connections: int = 8
    timeout_s: float = 15.0


class SmtpProvider:
    def __init__(self, name: str, server: SmtpServer) -> None:
        self.name = name
        self._server = server
        self._free: list[aiosmtplib.SMTP] = []
        self._room = asyncio.Semaphore(server.connections)
        self._tls = _tls_context(server)

    async def start(self) -> None:
        """Connections are made when they are needed."""

    async def stop(self) -> None:
        while self._free:
            self._free.pop().close()

    @property
    def unready(self) -> list[str]:
        return []

    async def ask(self, notification_id: str, provider_message_id: str | None) -> Receipt | None:  # noqa: ARG002 — as other providers
        """A mail server can't be asked."""
        return None

    async def send(self, message: Message) -> Outcome:
        """Raises nothing: every way a mail server can fail is an outcome."""
        try:
            mail = write_mail(message, self._server.sender, self._server.sender_name)
        except ValueError:
            return Refused("permanent", "not_an_email_address")
        async with self._room:
            for fresh in (
                False,
                True,
            ):  # a kept connection may have died of old age: that is known before anything is sent
                connection = await self._connection(fresh=fresh)
                if isinstance(connection, Refused):
                    return connection
                outcome = await self._hand_over(connection, mail, message)
                if outcome is not None:
                    return outcome
        return Refused("temporary", "connection_lost")

    async def _connection(self, *, fresh: bool) -> aiosmtplib.SMTP | Refused:
        while self._free and not fresh:
            kept = self._free.pop()
            if kept.is_connected:
                return kept
        server = self._server
        connection = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.tls == "implicit",
            start_tls=server.tls == "starttls",
            tls_context=self._tls,
            timeout=server.timeout_s,
        )
        try:
            await connection.connect()
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            connection.close()
            return Refused("temporary", f"not_connected_{type(error).__name__}".lower()[:80])
        return connection

    async def _hand_over(self, connection: aiosmtplib.SMTP, content: bytes, message: Message) -> Outcome | None:
        """None when the connection broke before the message was begun."""
        try:
            await connection.mail(self._server.sender)
            await connection.rcpt(message.address.text)
        except aiosmtplib.SMTPResponseException as error:
            return await self._refused(connection, error)
        except (aiosmtplib.SMTPException, OSError):
            connection.close()
            return None
        try:
            await connection.data(content)
        except aiosmtplib.SMTPResponseException as error:
            return await self._refused(connection, error)
        except (aiosmtplib.SMTPException, OSError) as error:
            connection.close()
            return Unknown("timeout" if isinstance(error, TimeoutError) else "line_lost")
        self._free.append(connection)
        return Accepted((message.notification_id,))

    async def _refused(self, connection: aiosmtplib.SMTP, error: aiosmtplib.SMTPResponseException) -> Refused:
        try:
            await connection.rset()
            self._free.append(connection)
        except (aiosmtplib.SMTPException, OSError):
            connection.close()
        is_temporary = error.code in _TEMPORARY
        return Refused("temporary" if is_temporary else "permanent", f"smtp_{error.code}")


def _tls_context(server: SmtpServer) -> ssl.SSLContext | None:
    if server.tls == "none":
        return None
    return ssl.create_default_context(cafile=server.ca_file)
