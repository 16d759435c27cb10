"""Phrases mean what the guide says, and matching keeps every offset."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.pack import PhraseSyntaxError, Word, fold, parse_phrase

WORDS = st.text(alphabet="abcząęłóżźіїєґ", min_size=1, max_size=8)


def test_a_word_a_stem_and_an_optional_word() -> None:
    long, short = parse_phrase("pali* [się] Dom")
    assert long == (Word("pali", is_stem=True), Word("sie", is_stem=False), Word("dom", is_stem=False))
    assert short == (long[0], long[2])


def test_alternatives_multiply_and_bars_add() -> None:
    assert len(parse_phrase("(a|b|c d) (e|f) | g")) == 7


def test_a_gap_belongs_to_the_word_after_it() -> None:
    (form,) = parse_phrase("dom* .. pali")
    assert [word.gap_before for word in form] == [0, 3]


@pytest.mark.parametrize(
    "phrase", ["", "|", "a |", "(a", "a)", "[a]", ".. a", "a ..", "a-b", "a+", "*", "(a|)", "[", "a.b"]
)
def test_an_unreadable_phrase_says_why(phrase: str) -> None:
    with pytest.raises(PhraseSyntaxError, match=r"\w+"):
        parse_phrase(phrase)


def test_a_slip_of_brackets_does_not_fill_the_memory() -> None:
    with pytest.raises(PhraseSyntaxError, match="split it"):
        parse_phrase("(a|b|c|d|e|f|g|h|i|j) " * 12)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        forms = parse_phrase(text)
    except PhraseSyntaxError:
        return
    assert forms
    assert all(form and all(word.text == fold(word.text) for word in form) for form in forms)


@given(st.lists(st.lists(WORDS, min_size=1, max_size=3), min_size=1, max_size=4))
def test_plain_words_come_back_folded_in_order(alternatives: list[list[str]]) -> None:
    forms = parse_phrase(" | ".join(" ".join(words) for words in alternatives))
    wanted = dict.fromkeys(tuple(fold(word) for word in words) for words in alternatives)
    assert [tuple(word.text for word in form) for form in forms] == list(wanted)


@given(st.text())
def test_folding_keeps_every_offset_and_is_done_once(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Pożar ŁĄKI", "pozar laki"),
        ("ЇЖАК Є ґанок й", "іжак е ганок й"),
        ("п’ять", "п'ять"),
        ("ZAŻÓŁĆ gęślą", "zazolc gesla"),
    ],
)
def test_folding_makes_spellings_one(text: str, folded: str) -> None:
    assert fold(text) == folded
