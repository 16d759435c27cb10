"""Shouting is no other language: a text in capitals is read in small letters."""

from typing import Final

__all__ = ["lowered"]

LETTERS_AT_LEAST: Final = 8
SHARE_IN_CAPITALS: Final = 0.6


def lowered(text: str) -> str:
    """The same text, of the same length, small where most of it was shouted."""
    letters = [letter for letter in text if letter.isalpha()]
    if len(letters) <= LETTERS_AT_LEAST or sum(map(str.isupper, letters)) <= SHARE_IN_CAPITALS * len(letters):
        return text
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)
