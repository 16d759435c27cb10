"""A text message on the wire: folded to the seven-bit alphabet where the city wants it, cut into parts, its last link kept."""

import unicodedata
from dataclasses import dataclass
from typing import Final

import gsm0338
import smsutil

from shared.pack import SmsStyle

__all__ = ["GSM_7", "UCS_2", "SmsText", "write_sms"]

GSM_7: Final = 0x00
UCS_2: Final = 0x08
_FOLDS: Final = {
    "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ø": "o", "Ø": "O", "ß": "ss",
    "–": "-", "—": "-", "−": "-", "„": '"', "”": '"', "“": '"', "’": "'", "‘": "'", "ʼ": "'", "…": "...",
    "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200b": None, "•": "-", "\t": " ",
}  # fmt: skip
_SURELY_ONE: Final = 80
"""Characters of ASCII that fit one message even if each took two septets."""
_MORE: Final = "..."
_MORE_IN_UNICODE: Final = "…"


@dataclass(frozen=True, slots=True)
class SmsText:
    """`parts` are encoded, without a header; `data_coding` is SMPP's."""

    text: str
    parts: tuple[bytes, ...]
    data_coding: int

    @property
    def is_concatenated(self) -> bool:
        return len(self.parts) > 1


def fold(text: str) -> str:
    """Latin letters without their marks; what has no such form (Cyrillic) stays. Decomposition leaves ł and Ł as they are."""
    return text.translate(_folding)


def write_sms(text: str, style: SmsStyle) -> SmsText:
    """Encodes and cuts. A text of more than `most_segments` loses words before its last link, never the link."""
    if style.fold_diacritics and _GSM.issuperset(folded := fold(text)):
        text = folded  # a text that needs UCS-2 anyway would only have its names spoilt
    parts = _parts(text)
    if len(parts) > style.most_segments:
        text = _shortened(text, style.most_segments)
        parts = _parts(text)
    if _GSM.issuperset(text):
        return SmsText(text, tuple(b"".join(map(_encoded.__getitem__, part)) for part in parts), GSM_7)
    return SmsText(text, tuple(part.encode("utf-16-be", "replace") for part in parts), UCS_2)


class _Folding(dict[int, str | None]):
    """A translation table that learns each character when it is first seen."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        plain = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
        self[code] = folded = plain if letter not in _GSM and plain and _GSM.issuperset(plain) else letter
        return folded


class _Encoded(dict[str, bytes]):
    """The seven-bit code of each character, learned when it is first needed."""

    def __missing__(self, letter: str) -> bytes:
        self[letter] = encoded = bytes(_CODEC.encode(letter)[0])
        return encoded


_GSM: Final = frozenset(smsutil.GSM_EXT_CHARSET + smsutil.codecs.GSM_BASIC_CHARSET) - {"\x1b"}
_CODEC: Final = gsm0338.Codec()
_folding: Final = _Folding(str.maketrans(_FOLDS))
_encoded: Final = _Encoded()


def _parts(text: str) -> list[str]:
    if len(text) <= _SURELY_ONE and text.isascii() and _GSM.issuperset(text):
        return [text]
    return [part.content for part in smsutil.split(text).parts]


def _shortened(text: str, most_segments: int) -> str:
    head, tail = _before_last_links(text)
    more = _MORE if _GSM.issuperset(text) else _MORE_IN_UNICODE
    shortest, longest = 0, len(head)
    while shortest < longest:  # the longest head that fits
        middle = (shortest + longest + 1) // 2
        if len(_parts(f"{head[:middle].rstrip()}{more} {tail}")) <= most_segments:
            shortest = middle
        else:
            longest = middle - 1
    return f"{head[:shortest].rstrip()}{more} {tail}".rstrip()


def _before_last_links(text: str) -> tuple[str, str]:
    """The words, and the links (with what stands between them) at the end."""
    at = text.find("http")
    return (text, "") if at < 0 else (text[:at], text[at:])
