import json
from typing import Any

import pytest
from pydantic import ValidationError

from services.ingest.core.keyed_hash import Secret
from services.ingest.core.report import Report
from services.ingest.report_body import parse_report
from shared.errors import Invalid
from shared.events import Category, Language

SECRET = Secret(b"a secret that is long enough for a test")


def parsed(**fields: Any) -> Report:
    return parse_report(json.dumps({"text": "Pali się"} | fields).encode(), SECRET, "PL")


def test_every_field_arrives() -> None:
    report = parsed(
        text="  Pali się\n dach\t! ",
        lat=49.78,
        lon=22.77,
        address="Franciszkańska 5",
        language="uk",
        category_hint="fire",
        contact={"phone": "600700800", "email": "a@example.pl"},
        anonymous=False,
        photos=[],
    )
    assert (report.text, report.lat, report.lon) == ("Pali się\n dach\t!", 49.78, 22.77)
    assert (report.address, report.language, report.category_hint) == ("Franciszkańska 5", Language.UK, Category.FIRE)
    assert report.contact is not None
    assert (report.contact.phone, report.contact.email) == ("+48600700800", "a@example.pl")


@pytest.mark.parametrize(
    "fields",
    [
        {"text": ""},
        {"text": " \n\t "},
        {"text": "x" * 4001},
        {"text": 5},
        {"text": None},
        {"text": ["a"]},
        {"text": "a\x00b"},
        {"text": "a\x07"},
        {"text": "a\x85b"},
        {"lat": 49.7},
        {"lon": 22.7},
        {"lat": None, "lon": 22.7},
        {"lat": 90.1, "lon": 0},
        {"lat": 0, "lon": 180.1},
        {"lat": float("nan"), "lon": 0},
        {"lat": float("inf"), "lon": 0},
        {"lat": "49", "lon": "22"},
        {"lat": True, "lon": True},
        {"address": ""},
        {"address": "x" * 301},
        {"address": "a\x1b[0m"},
        {"language": "de"},
        {"category_hint": "dragons"},
        {"anonymous": 1},
        {"anonymous": "yes"},
        {"contact": "600700800"},
        {"contact": {"fax": "1"}},
        {"photos": "x"},
        {"photos": ["x"] * 11},
        {"unknown": 1},
        {"report_id": "x"},
    ],
)
def test_report_that_is_not_valid_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as error:
        parsed(**fields)
    assert all(one["type"] != "json_invalid" for one in error.value.errors())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"text":"\xff"}',
        b'{"text":"a\\ud800"}',
        b'{"text":"a"}x',
        b"[" * 200_000,
        b'{"text":' * 9_000,
    ],
)
def test_what_is_not_json_is_told_apart(body: bytes) -> None:
    with pytest.raises((ValidationError, Invalid)) as error:
        parse_report(body, SECRET, "PL")
    if isinstance(error.value, ValidationError):
        assert error.value.errors()[0]["type"] == "json_invalid"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"photos": ["01a20d75-db55-7b74-b300-009fb770f616"]}, "photo_unknown"),
        ({"contact": {"phone": "112"}}, "phone_not_valid"),
        ({"contact": {"email": "nobody"}}, "email_not_valid"),
        ({f"k{number}": 1 for number in range(6_000)}, "too_many_keys"),
    ],
)
def test_what_a_schema_can_not_know_is_refused_with_its_reason(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(Invalid) as error:
        parsed(**fields)
    assert error.value.reason == reason


def test_longest_text_passes_whatever_it_holds() -> None:
    assert len(parsed(text=":" * 4_000).text) == 4_000
    assert len(parsed(text="ż" * 4_000).text) == 4_000


def test_same_report_has_the_same_fingerprint_however_it_is_written() -> None:
    one = parse_report(b'{"text":"a","lat":1,"lon":2}', SECRET, "PL")
    other = parse_report(b'{ "lon": 2.0, "lat": 1.0, "text": " a", "address": null }', SECRET, "PL")
    assert one.fingerprint == other.fingerprint
    assert one.fingerprint != parse_report(b'{"text":"a","lat":1,"lon":2.5}', SECRET, "PL").fingerprint
