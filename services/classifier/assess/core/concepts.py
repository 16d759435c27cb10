"""Groups of words that mean one thing in three languages: a word that no training report holds is known by its group."""

from collections.abc import Iterable
from typing import Final

from shared.pack import fold

__all__ = ["Concepts"]

LONGEST_STEM: Final = 16
_REMEMBERED_WORDS: Final = 20_000


class Concepts:
    """`lines` are those of concepts.txt: a group, a language, and its stems."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._whole: dict[str, tuple[str, ...]] = {}
        self._stems: dict[str, tuple[str, ...]] = {}
        self._found: dict[str, tuple[str, ...]] = {}
        for line in lines:
            if not line.strip() or line.startswith("#"):
                continue
            head, _, stems = line.partition(":")
            group = head.split()[0]
            for stem in stems.split():
                table = self._whole if stem.endswith("=") else self._stems
                folded = fold(stem.removesuffix("="))
                if group not in table.get(folded, ()):
                    table[folded] = (*table.get(folded, ()), group)

    def of(self, word: str) -> tuple[str, ...]:
        """The groups of a folded word: by the whole word, and by the longest stem that it begins with."""
        found = self._found.get(word)
        if found is None:
            if len(self._found) >= _REMEMBERED_WORDS:
                self._found.clear()  # bounded: texts from outside must not fill the memory
            found = self._found[word] = tuple(dict.fromkeys(self._look_up(word)))
        return found

    def _look_up(self, word: str) -> Iterable[str]:
        yield from self._whole.get(word, ())
        for length in range(min(len(word), LONGEST_STEM), 1, -1):
            if (groups := self._stems.get(word[:length])) is not None:
                yield from groups
                return
