"""A submit_sm as the SMSC understands it."""

from dataclasses import dataclass

import smpp34

from sandbox.smpp.pdu import MESSAGE_REFERENCE, Status
from sandbox.smpp.text import Part, phone_number, split_user_data_header

__all__ = ["Refused", "Submission", "read_submission"]

_USER_DATA_HEADER = 0x40
_RECEIPT_MASK = 0x03
_RECEIPT_ALWAYS = 1
_MESSAGE_PAYLOAD = smpp34._smpp34.TLV_MESSAGE_PAYLOAD  # noqa: SLF001 the package re-exports it without telling type checkers
_SAR_REFERENCE = 0x020C
_SAR_TOTAL = 0x020E
_SAR_NUMBER = 0x020F
_REFERENCE_CHARACTERS = 64


class Refused(Exception):
    """The message is not valid; `status` is the answer."""

    def __init__(self, status: Status) -> None:
        super().__init__(status.name)
        self.status = status


@dataclass(frozen=True, slots=True)
class Submission:
    """`source` and `destination` are as submitted, for the receipt; `sender` and `to` as a phone shows them."""

    source: str
    source_ton: int
    destination: str
    destination_ton: int
    octets: bytes
    data_coding: int
    part: Part | None
    reference: str | None
    wants_receipt: bool

    @property
    def sender(self) -> str:
        return phone_number(self.source, self.source_ton)

    @property
    def to(self) -> str:
        return phone_number(self.destination, self.destination_ton)


def read_submission(pdu: bytes) -> Submission:
    """Raises Refused."""
    try:
        submit = smpp34.decode(pdu)
    except smpp34.SmppError as error:
        raise Refused(Status.INVALID_COMMAND_LENGTH) from error
    assert isinstance(submit, smpp34.SubmitSm)
    options = {tlv.tag: tlv.value for tlv in submit.tlvs}
    part, octets = _text_of(submit.esm_class, submit.short_message or options.get(_MESSAGE_PAYLOAD, b""))
    if not submit.destination_addr.lstrip("+").isdigit():
        raise Refused(Status.INVALID_DESTINATION)
    return Submission(
        source=submit.source_addr,
        source_ton=submit.source_addr_ton,
        destination=submit.destination_addr,
        destination_ton=submit.dest_addr_ton,
        octets=octets,
        data_coding=submit.data_coding,
        part=part or _segmentation(options),
        reference=_reference(options),
        wants_receipt=submit.registered_delivery & _RECEIPT_MASK == _RECEIPT_ALWAYS,
    )


def _text_of(esm_class: int, octets: bytes) -> tuple[Part | None, bytes]:
    part: Part | None = None
    if esm_class & _USER_DATA_HEADER:
        try:
            part, octets = split_user_data_header(octets)
        except ValueError as error:
            raise Refused(Status.INVALID_ESM_CLASS) from error
    if not octets:
        raise Refused(Status.INVALID_MESSAGE_LENGTH)
    return part, octets


def _segmentation(options: dict[int, bytes]) -> Part | None:
    """Segmentation by optional parameters (SAR, 5.3.2.22 and on)."""
    values = [options.get(tag) for tag in (_SAR_REFERENCE, _SAR_TOTAL, _SAR_NUMBER)]
    if any(value is None for value in values):
        return None
    reference, total, number = (int.from_bytes(value or b"", "big") for value in values)
    return Part(reference, total, number) if total > 1 else None


def _reference(options: dict[int, bytes]) -> str | None:
    value = options.get(MESSAGE_REFERENCE, b"").rstrip(b"\0").decode("ascii", "replace")
    return value[:_REFERENCE_CHARACTERS] or None
