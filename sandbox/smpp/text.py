"""From the octets of a short message to the text on the screen."""

import codecs
from dataclasses import dataclass

from gsm0338 import Codec

__all__ = ["Part", "decode_text", "phone_number", "split_user_data_header"]

_ESCAPE = 0x1B
_CONCATENATED_8_BIT = 0x00
_CONCATENATED_16_BIT = 0x08
_INTERNATIONAL = 1
_ALPHANUMERIC = 5
_LEAST_INTERNATIONAL_DIGITS = 10
_GSM = Codec()
_GSM_TABLE = "".join(_GSM.decode(bytes((code,)))[0] if code != _ESCAPE else " " for code in range(128))
_CODECS = {1: "ascii", 2: "latin-1", 3: "latin-1", 4: "latin-1", 6: "iso8859_5", 7: "iso8859_8", 8: "utf-16-be"}
"""By data coding (SMPP 3.4, 5.2.19); every other one is read as the SMSC's default alphabet, GSM 03.38, one character an octet."""


@dataclass(frozen=True, slots=True)
class Part:
    """Place of a segment in its message."""

    reference: int
    total: int
    number: int


def decode_text(octets: bytes, data_coding: int) -> str:
    """Never fails: what a phone cannot show is shown as a replacement character."""
    codec = _CODECS.get(data_coding)
    if codec is not None:
        return octets.decode(codec, "replace")
    if _ESCAPE in octets:
        return str(_GSM.decode(bytes(octet & 0x7F for octet in octets), "replace")[0])
    return codecs.charmap_decode(octets, "replace", _GSM_TABLE)[0]


def split_user_data_header(octets: bytes) -> tuple[Part | None, bytes]:
    """The concatenation element of the header (3GPP 23.040, 9.2.3.24.1 and .8), if there is one, and the text behind the header.

    Raises ValueError when the header is longer than the message or not well formed.
    """
    if not octets or octets[0] + 1 > len(octets):
        raise ValueError("user data header is longer than the message")
    header, text = octets[1 : octets[0] + 1], octets[octets[0] + 1 :]
    part: Part | None = None
    at = 0
    while at + 2 <= len(header):
        element, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if len(value) != length:
            raise ValueError("element of the user data header is cut")
        part = _concatenation(element, value) or part
        at += 2 + length
    return part, text


def _concatenation(element: int, value: bytes) -> Part | None:
    if element == _CONCATENATED_8_BIT and len(value) == 3:  # noqa: PLR2004 reference, total, number
        return Part(value[0], value[1], value[2])
    if element == _CONCATENATED_16_BIT and len(value) == 4:  # noqa: PLR2004 the same with two octets of reference
        return Part(int.from_bytes(value[:2], "big"), value[2], value[3])
    return None


def phone_number(address: str, type_of_number: int) -> str:
    """E.164 with `+` where the address is an international number; short codes and names as they are."""
    if type_of_number == _ALPHANUMERIC or not address.lstrip("+").isdigit() or address.startswith("+"):
        return address
    if address.startswith("00"):
        return "+" + address[2:]
    if type_of_number == _INTERNATIONAL or len(address) >= _LEAST_INTERNATIONAL_DIGITS:
        return "+" + address
    return address
