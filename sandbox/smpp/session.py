"""One connection of a sender to the SMSC: framing, binding, and what comes in by command."""

import asyncio
from collections.abc import Callable
from enum import Enum
from itertools import count
from typing import Protocol, cast

from sandbox import metrics
from sandbox.messages import Provider
from sandbox.smpp.pdu import (
    HEADER_BYTES,
    RESPONSE,
    Bind,
    Command,
    Header,
    QuerySm,
    Status,
    bind_answer,
    message_id_answer,
    read_bind,
    read_header,
    read_query,
    write,
)
from sandbox.smpp.receipts import Deliverable

__all__ = ["Bound", "Office", "Session"]

_PDUS_A_TURN = 64
"""Then the event loop gets its turn, however much has arrived."""


class Bound(Enum):
    """How a session is bound (SMPP 3.4, 2.2)."""

    NOT = "open"
    RECEIVER = "receiver"
    TRANSMITTER = "transmitter"
    TRANSCEIVER = "transceiver"

    @property
    def sends(self) -> bool:
        return self in {Bound.TRANSMITTER, Bound.TRANSCEIVER}

    @property
    def receives(self) -> bool:
        return self in {Bound.RECEIVER, Bound.TRANSCEIVER}


_BINDS = {
    Command.BIND_RECEIVER: Bound.RECEIVER,
    Command.BIND_TRANSMITTER: Bound.TRANSMITTER,
    Command.BIND_TRANSCEIVER: Bound.TRANSCEIVER,
}


class Office(Protocol):
    """What a session needs of its SMSC."""

    provider: Provider
    system_id: str
    pdu_bytes: int
    receipt_window: int

    def welcomes(self, bind: Bind) -> bool: ...
    def bound(self, session: "Session") -> None: ...
    def gone(self, session: "Session", unanswered: list[Deliverable]) -> None: ...
    def acknowledged(self, session: "Session") -> None: ...
    def submit(self, session: "Session", sequence: int, pdu: bytes) -> None: ...
    def query(self, session: "Session", sequence: int, query: QuerySm) -> None: ...


class Session(asyncio.Protocol):
    """Reads PDUs, keeps the binding's state, and leaves messages to the office."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._turn: asyncio.Handle | None = None
        self._clogged = False
        self._sequence = count(1)
        self._unanswered: dict[int, Deliverable] = {}
        self.system_id = ""
        self.bound = Bound.NOT
        self._handlers: dict[int, Callable[[Header, bytes], None]] = {
            Command.SUBMIT_SM: self._on_submit,
            Command.DELIVER_SM | RESPONSE: self._on_receipt_answer,
            Command.ENQUIRE_LINK: self._on_enquire_link,
            Command.ENQUIRE_LINK | RESPONSE: lambda _header, _pdu: None,
            Command.QUERY_SM: self._on_query,
            Command.UNBIND: self._on_unbind,
            Command.UNBIND | RESPONSE: lambda _header, _pdu: self.close(),
            Command.GENERIC_NACK: lambda _header, _pdu: None,
            **dict.fromkeys(_BINDS, self._on_bind),
        }

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its base class

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        if self._turn is not None:
            self._turn.cancel()
        unanswered, self._unanswered = list(self._unanswered.values()), {}
        self._office.gone(self, unanswered)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._turn is None:
            self._read_pdus()

    def pause_writing(self) -> None:
        """A sender that does not read its answers is not read, either."""
        self._clogged = True
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._clogged = False
        self._read_on()

    def room(self) -> int:
        return self._office.receipt_window - len(self._unanswered)

    def deliver(self, one: Deliverable) -> None:
        sequence = next(self._sequence)
        self._unanswered[sequence] = one
        self.write(one.pdu(sequence))

    def write(self, pdu: bytes) -> None:
        """Nothing once the line is gone."""
        if self._transport is not None:
            self._transport.write(pdu)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def drop(self) -> None:
        """The line breaks: what is written and not sent is lost."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
            self._buffer.clear()

    def _read_pdus(self) -> None:
        self._turn = None
        for _ in range(_PDUS_A_TURN):
            if len(self._buffer) < HEADER_BYTES:
                break
            header = read_header(self._buffer)
            if not HEADER_BYTES <= header.length <= self._office.pdu_bytes:
                self._lose_step(header)
                return
            if len(self._buffer) < header.length:
                break
            pdu = bytes(self._buffer[: header.length])
            del self._buffer[: header.length]
            self._handle(header, pdu)
        else:
            self._yield_turn()
            return
        self._read_on()

    def _read_on(self) -> None:
        if (
            self._transport is not None
            and self._turn is None
            and not self._clogged
            and not self._transport.is_closing()
        ):
            self._transport.resume_reading()

    def _yield_turn(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
            self._turn = asyncio.get_running_loop().call_soon(self._read_pdus)

    def _lose_step(self, header: Header) -> None:
        """A length that cannot be: where the next PDU starts is not known any more."""
        self.write(write(Command.GENERIC_NACK, header.sequence, Status.INVALID_COMMAND_LENGTH))
        self._buffer.clear()
        self.close()

    def _handle(self, header: Header, pdu: bytes) -> None:
        handler = self._handlers.get(header.command)
        if handler is None:
            if not header.command & RESPONSE:
                self.write(write(Command.GENERIC_NACK, header.sequence, Status.INVALID_COMMAND))
            return
        try:
            handler(header, pdu)
        except ValueError:
            self.write(write(header.command | RESPONSE, header.sequence, Status.INVALID_COMMAND_LENGTH))

    def _on_bind(self, header: Header, pdu: bytes) -> None:
        bind = read_bind(pdu)
        status = Status.OK
        if self.bound is not Bound.NOT:
            status = Status.ALREADY_BOUND
        elif not self._office.welcomes(bind):
            status = Status.INVALID_PASSWORD
        self.write(bind_answer(header.command, header.sequence, status, self._office.system_id))
        if status is Status.OK:
            self.system_id = bind.system_id
            self.bound = _BINDS[Command(header.command)]
            self._office.bound(self)

    def _on_submit(self, header: Header, pdu: bytes) -> None:
        if self.bound.sends:
            self._office.submit(self, header.sequence, pdu)
        else:
            self.write(message_id_answer(header.sequence, Status.INVALID_BIND_STATE))

    def _on_query(self, header: Header, pdu: bytes) -> None:
        if self.bound.sends:
            self._office.query(self, header.sequence, read_query(pdu))
        else:
            self.write(write(header.command | RESPONSE, header.sequence, Status.INVALID_BIND_STATE))

    def _on_receipt_answer(self, header: Header, _pdu: bytes) -> None:
        if self._unanswered.pop(header.sequence, None) is not None:
            outcome = "acknowledged" if header.status == Status.OK else "rejected"
            metrics.RECEIPTS.labels(self._office.provider, outcome).inc()
            self._office.acknowledged(self)

    def _on_enquire_link(self, header: Header, _pdu: bytes) -> None:
        self.write(write(header.command | RESPONSE, header.sequence))

    def _on_unbind(self, header: Header, _pdu: bytes) -> None:
        self.write(write(header.command | RESPONSE, header.sequence))
        self.close()
