"""Text as it is searched: without case and without the marks on letters, so that `zrodlo` finds `Źródło`."""

import unicodedata
from typing import Final

from shared.pack import fold

__all__ = ["LIKE_ESCAPE", "patterns", "searchable"]

LIKE_ESCAPE: Final = "\\"
_SPECIAL: Final = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


def searchable(*texts: str | None) -> str:
    """Return the texts as one, each on a line of its own; PostgreSQL takes no NUL."""
    return "\n".join(fold(unicodedata.normalize("NFC", text)) for text in texts if text).replace("\x00", " ")


def patterns(query: str) -> list[str]:
    """Return one pattern for LIKE per word of the query; all of them have to be found."""
    return [f"%{word.translate(_SPECIAL)}%" for word in searchable(query).split()]
