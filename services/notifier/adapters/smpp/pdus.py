"""The PDUs of SMPP 3.4 that we write and read; aiosmpplib's where it has them."""

import re
import struct
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Final

from aiosmpplib.protocol import BindTransceiver, DeliverSm, SubmitSm
from aiosmpplib.state import NPI, TON, OptionalParam, PduHeader, PhoneNumber, SmppCommand, SmppCommandStatus

__all__ = [
    "HEADER_BYTES",
    "RESPONSE",
    "Command",
    "Header",
    "Queried",
    "ReceiptPdu",
    "Status",
    "TextPdu",
    "bind",
    "message_id_of",
    "query",
    "read_delivered",
    "read_header",
    "read_queried",
    "submit",
    "write",
]

HEADER_BYTES: Final = 16
RESPONSE: Final = 0x8000_0000
_HEADER: Final = struct.Struct("!IIII")
_UDHI: Final = 0x40
_RECEIPT_REQUESTED: Final = 1
_RECEIPTED_MESSAGE_ID: Final = 0x001E
_MESSAGE_STATE: Final = 0x0427
_SAR: Final = (0x020C, 0x020E, 0x020F)
"""Reference, how many and which: the tags of a text in parts (SMPP 3.4, 5.3.2.22 to 24), where aiosmpplib puts a user data header's too."""


class Command(IntEnum):
    """Command ids (SMPP 3.4, 5.1.2.1)."""

    GENERIC_NACK = 0x8000_0000
    BIND_TRANSCEIVER = 0x09
    QUERY_SM = 0x03
    SUBMIT_SM = 0x04
    DELIVER_SM = 0x05
    UNBIND = 0x06
    ENQUIRE_LINK = 0x15


class Status(IntEnum):
    """Command states (SMPP 3.4, 5.1.3), as far as they matter here."""

    OK = 0x00
    SYSTEM_ERROR = 0x08
    INVALID_MESSAGE_ID = 0x0C
    QUEUE_FULL = 0x14
    RECEIVER_TEMPORARY = 0x64
    THROTTLED = 0x58


@dataclass(frozen=True, slots=True)
class Header:
    length: int
    command: int
    status: int
    sequence: int


@dataclass(frozen=True, slots=True)
class ReceiptPdu:
    """A delivery receipt. `state` is SMPP's message_state (5.2.28), None when neither the text nor the options say it."""

    message_id: str | None
    state: int | None
    error: str
    reference: str | None


@dataclass(frozen=True, slots=True, repr=False)
class TextPdu:
    """A text from a phone. `part` is the message's reference, how many parts it has and which this is, None for a whole one."""

    phone: str
    text: str
    part: tuple[int, int, int] | None


@dataclass(frozen=True, slots=True)
class Queried:
    message_id: str
    state: int


def read_header(data: bytes | bytearray) -> Header:
    return Header(*_HEADER.unpack_from(data))


def write(command: int, sequence: int, status: int = Status.OK, body: bytes = b"") -> bytes:
    return _HEADER.pack(HEADER_BYTES + len(body), command, status, sequence) + body


def bind(sequence: int, system_id: str, password: str) -> bytes:
    """Raises ValueError when the name or password is longer than SMPP takes (15 and 8)."""
    pdu: bytes = BindTransceiver(sequence_num=sequence, system_id=system_id, password=password).pdu()
    return pdu


def submit(  # noqa: PLR0917 — one PDU
    sequence: int,
    sender: str,
    number: str,
    text: bytes,
    data_coding: int,
    concatenation: tuple[int, int, int] | None,
    reference: tuple[int, str],
    expires_at: datetime,
) -> bytes:
    """A submit_sm that asks for a receipt.

    Args:
        sequence: of the request in its session.
        sender: a number with `+`, or up to 11 letters.
        number: the phone, E.164 with `+`.
        text: encoded.
        data_coding: 0 for the SMSC's seven-bit alphabet, 8 for UCS-2.
        concatenation: the message's reference (0–255), how many parts, and which this is, from 1.
        reference: tag and value of the optional parameter that carries the notification's id.
        expires_at: the SMSC gives up then.
    """
    header = b"" if concatenation is None else bytes((5, 0, 3, *_reference_total_number(concatenation)))
    message = SubmitSm(
        sequence_num=sequence,
        short_message="-",  # what is sent is set below, encoded
        source=_sender(sender),
        destination=PhoneNumber(number.lstrip("+"), TON.INTERNATIONAL, NPI.ISDN),
        esm_class=_UDHI if concatenation else 0,
        validity_period=expires_at.astimezone(UTC),
        registered_delivery=_RECEIPT_REQUESTED,
        encoding="ucs2" if data_coding else None,
        optional_params=[OptionalParam(*reference)] if reference[0] else [],
    )
    message.set_encoded_message(header + text)
    pdu: bytes = message.pdu()
    return pdu


def query(sequence: int, message_id: str, sender: str) -> bytes:
    """A query_sm (4.8.1); `message_id` is the SMSC's or, where it takes that, our reference."""
    source = _sender(sender)
    body = message_id.encode("ascii") + b"\0" + bytes((source.ton, source.npi)) + source.number.encode("ascii") + b"\0"
    return write(Command.QUERY_SM, sequence, body=body)


def read_queried(pdu: bytes) -> Queried:
    """A query_sm_resp (4.8.2). Raises ValueError when it is cut short."""
    end = pdu.index(b"\0", HEADER_BYTES)
    date_end = pdu.index(b"\0", end + 1)
    if date_end + 1 >= len(pdu):
        raise ValueError("query_sm_resp without a state")
    return Queried(pdu[HEADER_BYTES:end].decode("ascii", "replace"), pdu[date_end + 1])


def message_id_of(pdu: bytes) -> str:
    """Of a submit_sm_resp; empty when it has none."""
    return pdu[HEADER_BYTES:].partition(b"\0")[0].decode("ascii", "replace")


_STATES: Final = {
    "ENROUTE": 1,
    "DELIVRD": 2,
    "EXPIRED": 3,
    "DELETED": 4,
    "UNDELIV": 5,
    "ACCEPTD": 6,
    "UNKNOWN": 7,
    "REJECTD": 8,
}
_FIELD: Final = re.compile(r"\b(id|stat|err):(\S*)", re.IGNORECASE)


def read_delivered(pdu: bytes, header: Header, reference_tag: int) -> ReceiptPdu | TextPdu:
    """A deliver_sm: a receipt, or a text that somebody sent. Raises ValueError for one that can't be read."""
    head = PduHeader(header.length, SmppCommand.DELIVER_SM, SmppCommandStatus.ESME_ROK, header.sequence)
    try:
        message = DeliverSm.from_pdu(pdu, head, "gsm0338")
    except (ValueError, IndexError, struct.error, LookupError) as error:
        raise ValueError(f"a deliver_sm that can't be read: {error}") from error
    if not message.is_receipt():
        return _text(message)
    fields = {name.lower(): value for name, value in _FIELD.findall(message.short_message)}
    options = {option.tag: option.value for option in message.optional_params or ()}
    state = options.get(_MESSAGE_STATE) or _STATES.get(fields.get("stat", "").upper())
    message_id = str(options.get(_RECEIPTED_MESSAGE_ID) or fields.get("id") or "").rstrip("\0")
    reference = str(options.get(reference_tag) or "").rstrip("\0")
    return ReceiptPdu(message_id or None, int(state) if state else None, fields.get("err", ""), reference or None)


def _text(message: DeliverSm) -> TextPdu:
    options = {option.tag: option.value for option in message.optional_params or ()}
    reference, total, number = (int(options.get(tag) or 0) for tag in _SAR)
    phone = str(message.source.number).removeprefix("00").lstrip("+")
    is_number = phone.isdigit() and message.source.ton != TON.ALPHANUMERIC
    text = message.message_payload or message.short_message
    return TextPdu(f"+{phone}" if is_number else phone, text, (reference, total, number) if total > 1 else None)


def _sender(sender: str) -> PhoneNumber:
    if sender.lstrip("+").isdigit():
        return PhoneNumber(sender.lstrip("+"), TON.INTERNATIONAL, NPI.ISDN)
    return PhoneNumber(sender, TON.ALPHANUMERIC, NPI.UNKNOWN)


def _reference_total_number(concatenation: tuple[int, int, int]) -> tuple[int, int, int]:
    reference, total, number = concatenation
    return reference & 0xFF, total, number
