"""What a request's body may hold: no unknown keys, no NaN, no control characters."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

__all__ = ["CleanText", "RequestBody"]

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""Every control but newline, return and tab; and halves of surrogate pairs, which no UTF-8 can carry."""


class RequestBody(BaseModel):
    """The base of every request's body."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, str_strip_whitespace=True, frozen=True)


def _without_controls(text: str) -> str:
    if found := _CONTROL.search(text):
        name = f"U+{ord(found.group()):04X}"
        raise ValueError(f"a control character ({name}) at position {found.start()}: leave it out")
    return text if text.isascii() else unicodedata.normalize("NFC", text)


CleanText = Annotated[str, AfterValidator(_without_controls)]
"""Text in NFC without control characters, but for newline and tab."""
