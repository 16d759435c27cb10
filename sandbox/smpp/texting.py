"""What the owner of a phone texts to the city: deliver_sm on its way to the sender, in parts when it is long."""

from dataclasses import dataclass

import smpp34
from gsm0338 import Codec

__all__ = ["Texted", "texted"]

_GSM = Codec()
_UCS_2 = 8
_USER_DATA_HEADER = 0x40
_INTERNATIONAL = 1
_ESCAPE = b"\x1b"
_ONE = 140
_ONE_OF_MANY = 134


@dataclass(frozen=True, slots=True)
class Texted:
    """One part of a text. `due_s` is on the event loop's clock."""

    phone: str
    to: str
    octets: bytes
    data_coding: int
    has_header: bool
    due_s: float

    def pdu(self, sequence: int) -> bytes:
        return smpp34.DeliverSm(
            self.phone.lstrip("+"),
            self.to,
            self.octets,
            source_addr_ton=_INTERNATIONAL,
            esm_class=_USER_DATA_HEADER if self.has_header else 0,
            data_coding=self.data_coding,
            sequence_number=sequence,
        ).encode()


def texted(phone: str, to: str, text: str, reference: int, due_s: float) -> list[Texted]:
    """The parts in order, in the seven-bit alphabet (an octet each) where it has all the letters, else in UCS-2."""
    try:
        octets, coding = _GSM.encode(text)[0], 0
    except UnicodeError:
        octets, coding = text.encode("utf-16-be"), _UCS_2
    if len(octets) <= _ONE:
        return [Texted(phone, to, octets, coding, has_header=False, due_s=due_s)]
    pieces = _pieces(octets, coding)
    header = bytes((5, 0, 3, reference & 0xFF, len(pieces)))
    return [
        Texted(phone, to, header + bytes((number,)) + piece, coding, has_header=True, due_s=due_s)
        for number, piece in enumerate(pieces, 1)
    ]


def _pieces(octets: bytes, coding: int) -> list[bytes]:
    """A letter of two octets (after an escape) stays in one piece."""
    pieces = []
    while octets:
        end = _ONE_OF_MANY
        if coding != _UCS_2 and octets[end - 1 : end] == _ESCAPE:
            end -= 1
        pieces.append(octets[:end])
        octets = octets[end:]
    return pieces
