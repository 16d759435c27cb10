"""Classifies lines: a text in, its assessment or its error out, each in its place."""

import json
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_core import from_json

from services.classifier.assess.core.assessor import Assessor, ReportText
from shared.events import Language, Record

__all__ = ["MOST_CHARACTERS", "classify_line"]

MOST_CHARACTERS = 4_000


class _Line(Record):
    id: str | int | float | None = None
    text: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS, pattern=r"\S")]
    language: Language | None = None


def classify_line(line: bytes, assessor: Assessor) -> tuple[str, bool]:
    """The answer's JSON, and whether the line was good."""
    try:
        asked = _Line.model_validate_json(line.strip())
    except ValidationError as error:
        return json.dumps({"id": _id_of(line), "error": _said(error)}, ensure_ascii=False), False
    assessment = assessor.assess(ReportText(asked.text, asked.language)).model_dump_json()
    return f'{{"id":{json.dumps(asked.id, ensure_ascii=False)},{assessment[1:]}', True


def _id_of(line: bytes) -> str | int | float | None:
    """The line's id where that much of it can be read."""
    try:
        read = from_json(line)
    except ValueError:
        return None
    found = read.get("id") if isinstance(read, dict) else None
    return found if isinstance(found, str | int | float) else None


def _said(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    where = "/".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else first["msg"]
