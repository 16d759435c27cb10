"""How a phrase is written in the pack, and what it means word by word.

    pali* się                     the word that begins with `pali`, then the word `się`
    (dom*|blok*) .. pali* [się]   one of the alternatives; up to three words between; an optional word
    pożar domu | dom płonie       either of two forms

A word is a run of letters, digits and apostrophes; punctuation and hyphens separate words and are not matched.
"""

import re
from dataclasses import dataclass
from itertools import product

from shared.pack.folding import fold

GAP_WORDS = 3
"""How many words `..` may stand for, from none to this."""
LARGEST_EXPANSION = 2_000
"""How many word sequences one phrase may stand for: a slip of brackets must not fill the memory."""

_TOKEN = re.compile(r"\s*(?:(?P<gap>\.\.)|(?P<mark>[()\[\]|])|(?P<word>[^\W_](?:[\w']*)\*?))", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Word:
    """One word to match against folded text. `gap_before` words at most may stand between it and the one before."""

    text: str
    is_stem: bool
    gap_before: int = 0

    def matches(self, folded_word: str) -> bool:
        return folded_word.startswith(self.text) if self.is_stem else folded_word == self.text


Form = tuple[Word, ...]
"""Words that follow one another: one concrete way to say the phrase."""


class PhraseSyntaxError(ValueError):
    """The phrase cannot be read; the message says where and what to do."""


def parse_phrase(phrase: str) -> tuple[Form, ...]:
    """Return every form that the phrase stands for, folded, without repetition, in the order written.

    Raises PhraseSyntaxError.
    """
    reader = _Reader(_tokens(fold(phrase)))
    forms = reader.alternatives(closing=None)
    return tuple(dict.fromkeys(_joined(form) for form in forms))


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


_GAP = Word("", is_stem=False)
_OPENING = {"(": ")", "[": "]"}


def _tokens(text: str) -> list[_Token]:
    tokens, at, text = [], 0, text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            sign = text[at:].strip()[:1]
            raise PhraseSyntaxError(
                f"`{sign}` at character {at + 1} means nothing here; use words, stem*, .., (a|b), [a]"
            )
        kind = str(found.lastgroup)
        tokens.append(_Token(kind, found.group(kind), found.start(kind) + 1))
        at = found.end()
    return tokens


class _Reader:
    """Recursive descent over the tokens; every step returns the forms read so far."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._next = 0

    def alternatives(self, closing: str | None) -> list[Form]:
        forms = self._sequence()
        while self._next < len(self._tokens):
            token = self._take()
            if token.text == "|":
                forms += self._sequence()
            elif token.text == closing:
                return forms
            else:
                raise PhraseSyntaxError(f"`{token.text}` at character {token.at} closes nothing; remove it")
        if closing is not None:
            raise PhraseSyntaxError(f"`{closing}` is missing at the end; close the bracket")
        return forms

    def _sequence(self) -> list[Form]:
        forms: list[Form] = [()]
        while self._next < len(self._tokens) and self._tokens[self._next].text not in {"|", ")", "]"}:
            forms = [before + after for before, after in product(forms, self._item())]
            if len(forms) > LARGEST_EXPANSION:
                raise PhraseSyntaxError(f"stands for over {LARGEST_EXPANSION} forms; split it into several phrases")
        if forms == [()]:
            raise PhraseSyntaxError("an alternative has no words; write at least one between the bars")
        return forms

    def _item(self) -> list[Form]:
        token = self._take()
        if token.kind == "gap":
            return [(_GAP,)]
        if token.kind == "word":
            return [(Word(token.text.rstrip("*"), is_stem=token.text.endswith("*")),)]
        inner = self.alternatives(_OPENING[token.text])
        return [*inner, ()] if token.text == "[" else inner

    def _take(self) -> _Token:
        token = self._tokens[self._next]
        self._next += 1
        return token


def _joined(form: Form) -> Form:
    """Write each gap into the word after it."""
    words: list[Word] = []
    gap = 0
    for word in form:
        if word is _GAP:
            gap = GAP_WORDS
        else:
            words.append(Word(word.text, word.is_stem, gap))
            gap = 0
    if not words:
        raise PhraseSyntaxError("every word is optional; leave at least one outside of [ ]")
    if gap or words[0].gap_before:
        raise PhraseSyntaxError("`..` stands between two words; put a word on each side of it")
    return tuple(words)
