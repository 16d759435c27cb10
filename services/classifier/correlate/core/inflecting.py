"""The forms of a place's name in a sentence, made from the name: `Grunwaldzka` is also found as `na Grunwaldzkiej` and `Grunwaldzką`."""

import re
from typing import Final

from shared.pack import Form, Place, Word, fold

__all__ = ["forms_of_name", "spoken_forms"]

_SHORTEST_STEM: Final = 4
_KINDS: Final = frozenset(
    [
        "ul",
        "ulica",
        "al",
        "aleja",
        "pl",
        "plac",
        "os",
        "osiedle",
        "most",
        "rzeka",
        "im",
        "sw",
        "gen",
        "ks",
        "dr",
        "wul",
        "вул",
        "вулиця",
        "просп",
        "площа",
        "пл",
        "міст",
        "річка",
        "ім",
        "св",
        "street",
        "st",
        "square",
        "bridge",
        "river",
        "the",
        "of",
    ]
)
"""What a place is, not what it is called: often left out (`na Lwowskiej`), and never enough by itself."""
_ENDINGS: Final = tuple(
    sorted(
        (
            *(
                "skiego",
                "ckiego",
                "skiej",
                "ckiej",
                "ego",
                "emu",
                "iej",
                "ami",
                "ach",
                "owi",
                "iem",
                "ie",
                "ej",
                "ow",
                "om",
                "em",
            ),
            *("a", "e", "i", "o", "u", "y"),
            *(
                "ського",
                "цького",
                "ській",
                "цькій",
                "ська",
                "цька",
                "ого",
                "ому",
                "ами",
                "ах",
                "ям",
                "ій",
                "ою",
                "ів",
                "ові",
            ),
            *("а", "е", "и", "і", "о", "у", "я", "ю", "ь", "й"),
        ),
        key=len,
        reverse=True,
    )
)
"""Of nouns and adjectives, folded. What is left of the word is its stem, and whatever follows the stem is accepted."""


def forms_of_name(name: str) -> Form | None:
    """The words of the name that matter, each by its stem; None where nothing is left that could stand alone."""
    words = [word for word in re.findall(r"[^\W_]+", fold(name)) if word not in _KINDS]
    if not any(len(word) > _SHORTEST_STEM and not word.isdigit() for word in words):
        return None
    return tuple(_inflected(word) for word in words)


def spoken_forms(place: Place) -> tuple[Form, ...]:
    """What is made from the names in all languages."""
    return tuple(dict.fromkeys(form for name in place.names.root.values() if (form := forms_of_name(name))))


def _inflected(word: str) -> Word:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            stem = word[: -len(ending)]
            # An adjective keeps the letters that tell it from its noun: `lwowsk` and `львівськ`, not `lwow`.
            kept = {"s": "sk", "c": "ck", "с": "ськ", "ц": "цьк"}.get(ending[0], "") if len(ending) > 3 else ""  # noqa: PLR2004
            return Word(stem + kept, is_stem=True)
    return Word(word, is_stem=False)
