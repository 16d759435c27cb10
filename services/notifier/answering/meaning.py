"""What somebody who answers by SMS wants."""

import unicodedata
from enum import StrEnum
from typing import Final

__all__ = ["Meaning", "meaning_of"]


class Meaning(StrEnum):
    ACKNOWLEDGE = "acknowledge"
    STOP = "stop"
    REPORT = "report"
    """Anything else is somebody telling the city something."""
    NOTHING = "nothing"


_ACKNOWLEDGE: Final = frozenset({
    "ack", "ok", "okay", "tak", "yes", "t", "y", "potwierdzam", "przyjalem", "przyjelam", "przyjeto", "jade", "confirm", "confirmed",
    "так", "підтверджую", "прийнято", "прийняв", "прийняла", "їду", "добре",
})  # fmt: skip
_STOP: Final = frozenset({
    "stop", "stopall", "unsubscribe", "cancel", "end", "quit", "rezygnacja", "rezygnuje", "wypisz", "koniec", "стоп", "відмова",
    "відписатися", "відмовляюся",
})  # fmt: skip


def meaning_of(text: str) -> Meaning:
    """The whole answer must be such a word: `STOP` leaves, `stop the fire at the station` is a report."""
    words = "".join(letter if letter.isalnum() or letter.isspace() else " " for letter in _folded(text)).split()
    if not words:
        return Meaning.ACKNOWLEDGE if text.strip() in {"+", "👍", "✓", "✔"} else Meaning.NOTHING
    if len(words) == 1 and words[0] in _ACKNOWLEDGE:
        return Meaning.ACKNOWLEDGE
    return Meaning.STOP if len(words) == 1 and words[0] in _STOP else Meaning.REPORT


def _folded(text: str) -> str:
    """Lower case, Polish letters without their marks; Ukrainian й and ї stay letters of their own."""
    return "".join(_bare(letter) for letter in text.casefold())


def _bare(letter: str) -> str:
    if letter == "ł":
        return "l"
    return unicodedata.normalize("NFKD", letter)[0] if "\u00c0" <= letter <= "\u017f" else letter
