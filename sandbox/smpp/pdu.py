"""The small PDUs of SMPP 3.4 that an SMSC reads and writes; submit_sm and deliver_sm are smpp34's, which leaves the bodies of these raw."""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

__all__ = [
    "HEADER_BYTES",
    "MESSAGE_REFERENCE",
    "RESPONSE",
    "Bind",
    "Command",
    "Header",
    "QuerySm",
    "Status",
    "bind_answer",
    "message_id_answer",
    "query_answer",
    "read_bind",
    "read_header",
    "read_query",
    "write",
]

HEADER_BYTES: Final = 16
RESPONSE: Final = 0x8000_0000
MESSAGE_REFERENCE: Final = 0x1400
"""Optional parameter of ours, in the range for vendors (SMPP 3.4, 5.3.2): the sender's own id of the message, an octet string of at most
64 ASCII characters. The SMSC gives it back in receipts and takes it in query_sm in place of a message id. (`user_message_reference` has
16 bits: too few.)"""

_HEADER = struct.Struct("!IIII")
_SC_INTERFACE_VERSION_3_4 = struct.pack("!HHB", 0x0210, 1, 0x34)


class Command(IntEnum):
    """Command ids (SMPP 3.4, 5.1.2.1)."""

    GENERIC_NACK = 0x8000_0000
    BIND_RECEIVER = 0x01
    BIND_TRANSMITTER = 0x02
    QUERY_SM = 0x03
    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    BIND_TRANSCEIVER = 0x09
    ENQUIRE_LINK = 0x15


class Status(IntEnum):
    """Command states (SMPP 3.4, 5.1.3)."""

    OK = 0x00
    INVALID_MESSAGE_LENGTH = 0x01
    INVALID_COMMAND_LENGTH = 0x02
    INVALID_COMMAND = 0x03
    INVALID_BIND_STATE = 0x04
    ALREADY_BOUND = 0x05
    INVALID_DESTINATION = 0x0B
    INVALID_MESSAGE_ID = 0x0C
    INVALID_PASSWORD = 0x0E
    QUEUE_FULL = 0x14
    INVALID_ESM_CLASS = 0x43
    THROTTLED = 0x58


@dataclass(frozen=True, slots=True)
class Header:
    length: int
    command: int
    status: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Bind:
    system_id: str
    password: str


@dataclass(frozen=True, slots=True)
class QuerySm:
    message_id: str


def read_header(data: bytes | bytearray, at: int = 0) -> Header:
    return Header(*_HEADER.unpack_from(data, at))


def write(command: int, sequence: int, status: int = Status.OK, body: bytes = b"") -> bytes:
    return _HEADER.pack(HEADER_BYTES + len(body), command, status, sequence) + body


def read_bind(pdu: bytes) -> Bind:
    """Raises ValueError when a field does not end."""
    system_id, at = _c_string(pdu, HEADER_BYTES)
    password, _ = _c_string(pdu, at)
    return Bind(system_id, password)


def read_query(pdu: bytes) -> QuerySm:
    """Raises ValueError when the message id does not end. The source address is not asked for: ids are unique."""
    message_id, _ = _c_string(pdu, HEADER_BYTES)
    return QuerySm(message_id)


def bind_answer(command: int, sequence: int, status: Status, system_id: str) -> bytes:
    body = system_id.encode("ascii") + b"\0" + _SC_INTERFACE_VERSION_3_4 if status is Status.OK else b""
    return write(command | RESPONSE, sequence, status, body)


def message_id_answer(sequence: int, status: Status, message_id: str = "") -> bytes:
    """A submit_sm_resp; without a body when refused (4.4.2)."""
    body = message_id.encode("ascii") + b"\0" if status is Status.OK else b""
    return write(Command.SUBMIT_SM | RESPONSE, sequence, status, body)


def query_answer(sequence: int, message_id: str, final_date: str, state: int) -> bytes:
    """A query_sm_resp (4.8.2) with no error code. `final_date` is empty until the state is final."""
    body = message_id.encode("ascii") + b"\0" + final_date.encode("ascii") + b"\0" + bytes((state, 0))
    return write(Command.QUERY_SM | RESPONSE, sequence, Status.OK, body)


def _c_string(pdu: bytes, at: int) -> tuple[str, int]:
    end = pdu.index(b"\0", at)
    return pdu[at:end].decode("ascii"), end + 1
