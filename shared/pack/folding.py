"""One spelling for matching: what the pack's phrases and a report's text are both turned into before they meet."""

import unicodedata

# Decomposition takes the accent from every Polish letter but ł; the Cyrillic pairs are what people type for one another.
_STANDS_FOR = {
    "ł": "l",
    "đ": "d",
    "ø": "o",
    "ґ": "г",
    "ї": "і",
    "є": "е",
    "ё": "е",
    "э": "е",
    "ы": "и",
    "ў": "у",
    "’": "'",
    "ʼ": "'",
    "`": "'",
    "‘": "'",
    "´": "'",
}


def _fold_character(character: str) -> str:
    lower = character.lower()
    if len(lower) != 1:
        return character
    if lower in _STANDS_FOR:
        return _STANDS_FOR[lower]
    if lower == "й":  # a letter of its own, not и with a mark
        return lower
    base = unicodedata.normalize("NFD", lower)[0]
    return base if base.isalnum() else lower


class _Folding(dict[int, str]):
    """A translation table that learns each character when it is first seen."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        self[code] = folded
        return folded


_folding = _Folding()


def fold(text: str) -> str:
    """Return `text` in lower case without diacritics, character by character, so that every offset stays true.

    `Pożar` becomes `pozar`; Cyrillic stays Cyrillic with ґ, ї, є (and Russian ё, э, ы) folded to г, і, е, и.
    Combining marks keep their place: bring the text to NFC first where it may be decomposed.
    """
    return text.translate(_folding)
