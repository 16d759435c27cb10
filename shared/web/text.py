"""What a request's body may hold: no unknown keys, no NaN, no control characters."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

__all__ = ["CleanText", "RequestBody"]

_ALLOWED_CONTROLS = "\n\r\t"


class RequestBody(BaseModel):
    """The base of every request's body."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, str_strip_whitespace=True, frozen=True)


def _without_controls(text: str) -> str:
    for position, letter in enumerate(text):
        if letter < " " or "\x7f" <= letter <= "\x9f" or "\ud800" <= letter <= "\udfff":
            if letter in _ALLOWED_CONTROLS:
                continue
            name = f"U+{ord(letter):04X}"
            raise ValueError(f"a control character ({name}) at position {position}: leave it out")
    return unicodedata.normalize("NFC", text)


CleanText = Annotated[str, AfterValidator(_without_controls)]
"""Text in NFC without control characters, but for newline and tab."""
