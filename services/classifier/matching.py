"""Finds the phrases of a pack in a text, fast: all of them in one tree of words, walked once from every word of the text."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from services.classifier.words import Words
from shared.pack import GAP_WORDS, Form, Word

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
class _Branches:
    """Where a phrase may go on: by whole words, and by stems with the lengths that there are."""

    whole: dict[str, "_Node"] = field(default_factory=dict)
    stems: dict[str, "_Node"] = field(default_factory=dict)
    stem_lengths: list[int] = field(default_factory=list)

    def to(self, word: Word) -> "_Node":
        """The branch for the word, grown where there is none."""
        branches = self.stems if word.is_stem else self.whole
        if word.text not in branches:
            branches[word.text] = _Node()
            self.stem_lengths = sorted({len(stem) for stem in self.stems})
        return branches[word.text]

    def fitting(self, folded_word: str) -> "list[_Node]":
        node = self.whole.get(folded_word)
        found = [node] if node is not None else []
        for length in self.stem_lengths:
            if length > len(folded_word):
                break
            node = self.stems.get(folded_word[:length])
            if node is not None:
                found.append(node)
        return found


@dataclass(slots=True)
class _Node:
    """After a word of a phrase: the phrases that end here, and the ways on, at once or after a gap."""

    ends: list[int] = field(default_factory=list)
    next: _Branches | None = None
    after_gap: _Branches | None = None

    def to(self, word: Word) -> "_Node":
        if word.gap_before:
            self.after_gap = self.after_gap or _Branches()
            return self.after_gap.to(word)
        self.next = self.next or _Branches()
        return self.next.to(word)


class PhraseMatcher(Generic[T]):
    """All phrases of one pack. `phrases` are pairs of what a phrase means and its forms, in the pack's order."""

    def __init__(self, phrases: Iterable[tuple[T, Sequence[Form]]]) -> None:
        self._meanings: list[T] = []
        self._roots = _Branches()
        self._begins: dict[str, list[_Node]] = {}
        for order, (means, forms) in enumerate(phrases):
            self._meanings.append(means)
            for form in forms:
                node = self._roots.to(form[0])
                for word in form[1:]:
                    node = node.to(word)
                if order not in node.ends:
                    node.ends.append(order)

    def find(self, words: Words) -> list[Match[T]]:
        """Every match, overlapping ones too, in the order of their first word."""
        folded, begins = words.folded, self._begins
        found: list[Match[T]] = []
        for at, word in enumerate(folded):
            roots = begins.get(word)
            if roots is None:
                roots = self._look_up(word)
            for root in roots:
                for order, owned in _walk(root, folded, (at,)):
                    characters = sum(len(folded[position]) for position in owned)
                    found.append(Match(self._meanings[order], order, owned, characters))
        return found

    def _look_up(self, word: str) -> list[_Node]:
        if len(self._begins) >= _REMEMBERED_WORDS:
            self._begins.clear()  # bounded: texts from outside must not fill the memory
        self._begins[word] = self._roots.fitting(word)
        return self._begins[word]


def _walk(node: _Node, folded: Sequence[str], owned: tuple[int, ...]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """The phrases that begin with the words walked so far, each word after a gap as early as it can be."""
    for order in node.ends:
        yield order, owned
    following = owned[-1] + 1
    if node.next is not None and following < len(folded):
        for child in node.next.fitting(folded[following]):
            yield from _walk(child, folded, (*owned, following))
    if node.after_gap is not None:
        met: list[_Node] = []
        for position in range(following, min(following + GAP_WORDS + 1, len(folded))):
            for child in node.after_gap.fitting(folded[position]):
                if not any(child is known for known in met):
                    met.append(child)
                    yield from _walk(child, folded, (*owned, position))


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
