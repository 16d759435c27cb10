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
_FOLDS: Final = str.maketrans(
    {
        "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ø": "o", "Ø": "O", "ß": "ss",
        "–": "-", "—": "-", "−": "-", "„": '"', "”": '"', "“": '"', "’": "'", "‘": "'", "ʼ": "'", "…": "...",
        "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u200b": None, "•": "-", "\t": " ",
    }
)  # fmt: skip
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
    return "".join(map(_fold, text.translate(_FOLDS)))


def write_sms(text: str, style: SmsStyle) -> SmsText:
    """Encodes and cuts. A text of more than `most_segments` loses words before its last link, never the link."""
    text = fold(text) if style.fold_diacritics and _is_latin(text) else text
    if _segments(text) > style.most_segments:
        text = _shortened(text, style.most_segments)
    split = smsutil.split(text)
    if split.encoding == "gsm0338":
        return SmsText(text, tuple(gsm0338.Codec().encode(part.content)[0] for part in split.parts), GSM_7)
    return SmsText(text, tuple(part.content.encode("utf-16-be") for part in split.parts), UCS_2)


def _fold(letter: str) -> str:
    if letter.isascii() or smsutil.is_valid_gsm(letter):
        return letter
    base = unicodedata.normalize("NFKD", letter)
    plain = "".join(part for part in base if not unicodedata.combining(part))
    return plain if smsutil.is_valid_gsm(plain) else letter


def _is_latin(text: str) -> bool:
    """Folding a text that needs UCS-2 anyway would only spoil its names."""
    return bool(smsutil.is_valid_gsm(fold(text)))


def _segments(text: str) -> int:
    return len(smsutil.split(text).parts)


def _shortened(text: str, most_segments: int) -> str:
    head, tail = _before_last_links(text)
    more = _MORE if smsutil.is_valid_gsm(text) else _MORE_IN_UNICODE
    shortest, longest = 0, len(head)
    while shortest < longest:  # the longest head that fits
        middle = (shortest + longest + 1) // 2
        if _segments(f"{head[:middle].rstrip()}{more} {tail}") <= most_segments:
            shortest = middle
        else:
            longest = middle - 1
    return f"{head[:shortest].rstrip()}{more} {tail}".rstrip()


def _before_last_links(text: str) -> tuple[str, str]:
    """The words, and the links (with what stands between them) at the end."""
    at = text.find("http")
    return (text, "") if at < 0 else (text[:at], text[at:])
