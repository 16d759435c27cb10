"""A request's readings, one or many: what is valid in form, and what is wrong with the others."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json

from services.ingest.bodies import MOST_READINGS, BatchBody, ReadingBody
from services.ingest.core.readings import Refusal, RefusedReading
from shared.errors import Invalid

__all__ = ["ParsedReadings", "parse_readings"]

_MOST_COMMAS = 10_000
"""A thousand readings with every field have 8,000. More is a bomb: each wrong key would be an error to write down."""

_ITEM = 2
"""An error within an item is at least at ("readings", index)."""

_many: TypeAdapter[tuple[ReadingBody, ...]] = TypeAdapter(tuple[ReadingBody, ...])


@dataclass(frozen=True, slots=True)
class ParsedReadings:
    """`valid` and `refused` carry each reading's index in the request."""

    valid: Sequence[tuple[int, ReadingBody]]
    refused: Sequence[RefusedReading]
    is_batch: bool


def parse_readings(body: bytes) -> ParsedReadings:
    """Reads `{"readings": […]}` or one reading.

    Raises pydantic's ValidationError when the request as a whole can't be read (not JSON, no such form, a single reading that is
    not valid) and Invalid(`number_of_readings`) for none or more than 1,000.
    """
    if body.count(b",") > _MOST_COMMAS:
        raise Invalid("number_of_readings", f"a request holds 1 to {MOST_READINGS} readings, and nothing else")
    if b'"readings"' not in body:
        return _one(body)
    try:
        readings = BatchBody.model_validate_json(body).readings
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)
        if any(one["type"] == "missing" and one["loc"] == ("readings",) for one in wrong):
            return _one(body)  # the word stands in a value
        if any(len(one["loc"]) < _ITEM or one["loc"][0] != "readings" for one in wrong):
            raise
        return _without_the_bad(body, wrong)
    _check_number(len(readings))
    return ParsedReadings(list(enumerate(readings)), (), is_batch=True)


def _one(body: bytes) -> ParsedReadings:
    return ParsedReadings([(0, ReadingBody.model_validate_json(body))], (), is_batch=False)


def _without_the_bad(body: bytes, wrong: Sequence[ErrorDetails]) -> ParsedReadings:
    """The slow way, taken only when something is wrong: reads the good ones again without the bad."""
    first: dict[int, ErrorDetails] = {}
    for one in wrong:
        first.setdefault(int(one["loc"][1]), one)
    items = from_json(body)["readings"]
    _check_number(len(items))
    good = [index for index in range(len(items)) if index not in first]
    valid = _many.validate_json(to_json([items[index] for index in good]))
    refused = [_refused(index, one) for index, one in first.items()]
    return ParsedReadings(list(zip(good, valid, strict=True)), refused, is_batch=True)


def _refused(index: int, error: ErrorDetails) -> RefusedReading:
    pointer = "".join(f"/{part}" for part in error["loc"][2:])
    return RefusedReading(index, Refusal.NOT_VALID, error["msg"].removeprefix("Value error, "), pointer)


def _check_number(count: int) -> None:
    if not 0 < count <= MOST_READINGS:
        raise Invalid("number_of_readings", f"a request holds 1 to {MOST_READINGS} readings, not {count}")
