"""One connection to an SMSC, from connecting to losing it: requests with answers, receipts, texts from phones, whether the line lives."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Final, cast

import structlog

from services.notifier.adapters.smpp.pdus import (
    HEADER_BYTES,
    RESPONSE,
    Command,
    Header,
    ReceiptPdu,
    Status,
    TextPdu,
    bind,
    read_delivered,
    read_header,
    write,
)

__all__ = ["Answer", "Gone", "NoAnswer", "NotSent", "Session", "SmscAddress"]

_log = structlog.get_logger()
_MOST_PDU_BYTES: Final = 70_000


class NotSent(Exception):
    """Nothing was written: the request may be made again."""


class Gone(Exception):
    """The line was lost after the request had been written: whether it arrived is not known."""


class NoAnswer(Exception):
    """No answer in time: whether it arrived is not known."""


@dataclass(frozen=True, slots=True)
class SmscAddress:
    host: str
    port: int
    system_id: str
    password: str
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    pdu: bytes


OnDelivered = Callable[[ReceiptPdu | TextPdu], Awaitable[None]]


class Session(asyncio.Protocol):
    """A bound transceiver. Made by `Session.open`; `lost` is done once the line has gone.

    A receipt or text is acknowledged after `on_delivered` has returned; when that raises, the SMSC is told to come again.
    """

    def __init__(self, on_delivered: OnDelivered, reference_tag: int) -> None:
        self.lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._on_delivered = on_delivered
        self._reference_tag = reference_tag
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._sequence = count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._receipts: set[asyncio.Task[None]] = set()

    @classmethod
    async def open(
        cls, address: SmscAddress, on_delivered: OnDelivered, reference_tag: int, timeout_s: float
    ) -> "Session":
        """Connects and binds. Raises NotSent with the reason."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout_s):
                _, session = await loop.create_connection(
                    lambda: cls(on_delivered, reference_tag), address.host, address.port, ssl=address.tls
                )
                answer = await session.request(
                    lambda sequence: bind(sequence, address.system_id, address.password), timeout_s
                )
        except (OSError, Gone, NoAnswer, TimeoutError) as error:
            raise NotSent(f"not_connected_{type(error).__name__}".lower()) from error
        if answer.status != Status.OK:
            session.close()
            raise NotSent(f"bind_refused_{answer.status:#x}")
        return session

    async def request(self, make: Callable[[int], bytes], timeout_s: float) -> Answer:
        """Writes one PDU and waits for its answer. Raises NotSent, Gone or NoAnswer."""
        if self._transport is None or self._transport.is_closing():
            raise NotSent("line_is_down")
        sequence = next(self._sequence)
        pdu = make(sequence)
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[sequence] = waiting
        self._transport.write(pdu)
        try:
            async with asyncio.timeout(timeout_s):
                return await waiting
        except TimeoutError as error:
            raise NoAnswer("no_answer") from error
        finally:
            self._waiting.pop(sequence, None)

    async def keep_alive(self, interval_s: float, timeout_s: float) -> None:
        """Asks the SMSC every `interval_s` whether it is there; a line that does not answer is dropped. Ends with the line."""
        while not self.lost.done():
            await asyncio.wait([self.lost], timeout=interval_s)
            if self.lost.done():
                return
            try:
                await self.request(lambda sequence: write(Command.ENQUIRE_LINK, sequence), timeout_s)
            except (NotSent, Gone, NoAnswer):
                _log.warning("smsc_does_not_answer")
                self.drop()

    async def unbind(self, timeout_s: float) -> None:
        with contextlib.suppress(NotSent, Gone, NoAnswer):  # it is over either way
            await self.request(lambda sequence: write(Command.UNBIND, sequence), timeout_s)
        self.close()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def drop(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by class

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 — asyncio.Protocol's
        self._transport = None
        if not self.lost.done():
            self.lost.set_result(None)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(Gone("line_lost"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while len(self._buffer) >= HEADER_BYTES:
            header = read_header(self._buffer)
            if not HEADER_BYTES <= header.length <= _MOST_PDU_BYTES:
                _log.error("smsc_lost_step", length=header.length)
                self.drop()
                return
            if len(self._buffer) < header.length:
                return
            pdu = bytes(self._buffer[: header.length])
            del self._buffer[: header.length]
            self._handle(header, pdu)

    def _handle(self, header: Header, pdu: bytes) -> None:
        if header.command & RESPONSE:
            waiting = self._waiting.get(header.sequence)
            if waiting is not None and not waiting.done():
                waiting.set_result(Answer(header.status or self._nack(header), pdu))
        elif header.command == Command.DELIVER_SM:
            task = asyncio.create_task(self._receive(header, pdu))
            self._receipts.add(task)
            task.add_done_callback(self._receipts.discard)
        elif header.command in {Command.ENQUIRE_LINK, Command.UNBIND}:
            self._write(write(header.command | RESPONSE, header.sequence))
            if header.command == Command.UNBIND:
                self.close()
        else:
            self._write(write(Command.GENERIC_NACK, header.sequence, 0x03))

    def _nack(self, header: Header) -> int:
        """A generic_nack refuses whatever its status says."""
        return Status.SYSTEM_ERROR if header.command == Command.GENERIC_NACK else Status.OK

    async def _receive(self, header: Header, pdu: bytes) -> None:
        status: int = Status.OK
        try:
            await self._on_delivered(read_delivered(pdu, header, self._reference_tag))
        except ValueError as error:
            _log.warning("deliver_sm_not_read", error=str(error))  # acknowledged: it would come again for ever
        except Exception as error:  # noqa: BLE001 — whatever kept it from being kept, the SMSC has to send it again
            _log.warning("deliver_sm_not_kept", error=repr(error))
            status = Status.RECEIVER_TEMPORARY
        self._write(write(Command.DELIVER_SM | RESPONSE, header.sequence, status, b"\0"))

    def _write(self, pdu: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(pdu)
