"""Texts as words, and phrases found in them."""

from hypothesis import given
from hypothesis import strategies as st

from services.classifier.matching import PhraseMatcher, without_overlaps
from services.classifier.words import words_of
from shared.pack import parse_phrase


def found(text: str, *phrases: str) -> list[str]:
    matcher = PhraseMatcher([(phrase, parse_phrase(phrase)) for phrase in phrases])
    return [match.means for match in without_overlaps(matcher.find(words_of(text)))]


@given(st.text(max_size=200))
def test_every_word_is_a_piece_of_the_text(text: str) -> None:
    """Offsets stay true for any text, decomposed and unassigned characters included."""
    words = words_of(text)
    ends = [0]
    for start, end in zip(words.starts, words.ends, strict=True):
        assert ends[-1] <= start < end <= len(text)
        ends.append(end)


def test_diacritics_case_and_leaned_on_letters_do_not_matter() -> None:
    assert words_of("POŻAAAAR Łąki").folded == ["pozar", "laki"]


def test_offsets_hold_for_decomposed_letters() -> None:
    """`z` with a combining dot is one letter in two characters."""
    text = "poz\u0307ar domu"
    words = words_of(text)
    assert words.folded == ["pozar", "domu"]
    assert text[words.starts[1] : words.ends[1]] == "domu"


def test_a_full_stop_after_an_abbreviation_ends_no_sentence() -> None:
    assert set(words_of("Na ul. Lwowskiej 5. pali się").sentences) == {0}
    assert set(words_of("Pali się. Przyjedźcie").sentences) == {0, 1}


def test_a_stem_matches_what_begins_with_it() -> None:
    assert found("pożarem domu", "pożar*") == ["pożar*"]
    assert found("pożarem domu", "pożar") == []


def test_a_gap_holds_up_to_three_words_that_stay_free() -> None:
    assert found("dom mojej babci teraz pali się", "dom .. pali", "babci") == ["dom .. pali", "babci"]
    assert found("dom jeden dwa trzy cztery pali", "dom .. pali") == []


def test_the_longer_phrase_protects_its_words() -> None:
    assert found("zastawiony wyjazd straży pożarnej", "straży pożarnej", "wyjazd straży pożarnej") == [
        "wyjazd straży pożarnej"
    ]


def test_what_stands_earlier_in_the_pack_wins_between_equals() -> None:
    assert found("gaz", "ga*", "gaz") == ["ga*"]
