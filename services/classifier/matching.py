"""Finds the phrases of a pack in a text, fast: one look-up per word, and only where a phrase may begin a closer look."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from services.classifier.words import Words
from shared.pack import Form

__all__ = ["Match", "PhraseMatcher", "without_overlaps"]

T = TypeVar("T")
_REMEMBERED_WORDS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """`words` are the positions of the words that the phrase owns; those that a gap skipped are nobody's."""

    means: T
    order: int
    words: tuple[int, ...]
    characters: int

    @property
    def first(self) -> int:
        return self.words[0]

    @property
    def last(self) -> int:
        return self.words[-1]


@dataclass(slots=True)
class _Entry(Generic[T]):
    form: Form
    means: T
    order: int
    rest: Form = field(init=False)

    def __post_init__(self) -> None:
        self.rest = self.form[1:]


class PhraseMatcher(Generic[T]):
    """All phrases of one pack. `phrases` are pairs of what a phrase means and its forms, in the pack's order."""

    def __init__(self, phrases: Iterable[tuple[T, Sequence[Form]]]) -> None:
        self._whole: dict[str, list[_Entry[T]]] = defaultdict(list)
        self._stems: dict[str, list[_Entry[T]]] = defaultdict(list)
        for order, (means, forms) in enumerate(phrases):
            for form in forms:
                index = self._stems if form[0].is_stem else self._whole
                index[form[0].text].append(_Entry(form, means, order))
        self._stem_lengths = sorted({len(stem) for stem in self._stems})
        self._begins: dict[str, tuple[_Entry[T], ...]] = {}

    def find(self, words: Words) -> list[Match[T]]:
        """Every match, overlapping ones too, in the order of their first word."""
        folded, begins = words.folded, self._begins
        found: list[Match[T]] = []
        for at, word in enumerate(folded):
            entries = begins.get(word)
            if entries is None:
                entries = self._look_up(word)
            for entry in entries:
                owned = _follow(entry.rest, folded, at) if entry.rest else (at,)
                if owned:
                    characters = sum(len(folded[position]) for position in owned)
                    found.append(Match(entry.means, entry.order, owned, characters))
        return found

    def _look_up(self, word: str) -> tuple[_Entry[T], ...]:
        entries = list(self._whole.get(word, ()))
        for length in self._stem_lengths:
            if length > len(word):
                break
            entries += self._stems.get(word[:length], ())
        if len(self._begins) >= _REMEMBERED_WORDS:
            self._begins.clear()  # bounded: texts from outside must not fill the memory
        self._begins[word] = tuple(entries)
        return self._begins[word]


def _follow(rest: Form, folded: Sequence[str], at: int) -> tuple[int, ...]:
    """The positions of the whole phrase that begins at `at`, each word as early as it can be; empty when it does not go on."""
    owned = [at]
    for word in rest:
        position = owned[-1] + 1
        last = min(position + word.gap_before, len(folded) - 1)
        while position <= last and not word.matches(folded[position]):
            position += 1
        if position > last:
            return ()
        owned.append(position)
    return tuple(owned)


def without_overlaps(
    matches: list[Match[T]], gives_way: Callable[[Match[T]], bool] = lambda _: False
) -> list[Match[T]]:
    """Of matches that share a word the one with more words wins, then more characters, then the one that does not give way, then the
    earlier in the pack. The rest stay, by place.
    """
    if len(matches) < 2:  # noqa: PLR2004 — one can't overlap
        return matches
    taken: set[int] = set()
    kept: list[Match[T]] = []
    for match in sorted(
        matches, key=lambda match: (-len(match.words), -match.characters, gives_way(match), match.order, match.words)
    ):
        if taken.isdisjoint(match.words):
            taken.update(match.words)
            kept.append(match)
    kept.sort(key=lambda match: match.words)
    return kept
