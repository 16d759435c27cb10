"""`hejnal notifier …` on a database of its own."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from services.notifier.commands import app

PERSON = {"name": "Anna", "language": "pl", "contacts": [{"channel": "sms", "address": "600 100 100"}]}
RESIDENT = {"channel": "sms", "address": "+48600300300", "area": {"districts": ["zasanie"]}, "language": "uk"}


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEJNAL_NOTIFIER_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'n.db'}")
    monkeypatch.setenv("HEJNAL_NOTIFIER_VAPID_KEY_FILE", str(tmp_path / "vapid.pem"))


def run(*arguments: str, lines: list[Any] | None = None) -> Result:
    text = "".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in lines or [])
    return CliRunner().invoke(app, list(arguments), input=text)


def test_people_are_imported_listed_without_their_numbers_and_removed() -> None:
    assert run("duty", "import", "--json", lines=[PERSON]).output.strip() == '{"imported": 1}'
    listed = run("duty", "list", "--json").output
    assert json.loads(listed)[0]["contacts"] == [{"channel": "sms", "address": "+48 ••• ••• •00"}]
    assert run("duty", "remove", "Anna").exit_code == 0
    assert run("duty", "remove", "Anna").exit_code == 1


def test_one_bad_line_and_nobody_is_imported() -> None:
    result = run("duty", "import", lines=[PERSON, "{", PERSON | {"teams": ["dragons"]}])
    assert result.exit_code == 1
    assert "line 2" in result.stderr
    assert "line 3" in result.stderr
    assert json.loads(run("duty", "list", "--json").output) == []


def test_a_list_that_moved_is_confirmed_and_comes_out_as_it_went_in() -> None:
    result = run("subscriptions", "import", "--json", lines=[RESIDENT, RESIDENT | {"address": "112"}])
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {"imported": 1, "refused": 1}
    assert json.loads(run("subscriptions", "count", "--json").output)["confirmed"] == 1
    (line,) = run("subscriptions", "export").output.splitlines()
    assert RESIDENT.items() <= json.loads(line).items()


def test_the_key_is_made_once() -> None:
    first = json.loads(run("vapid", "--json").output)["public_key"]
    assert json.loads(run("vapid", "--json").output)["public_key"] == first
    assert len(first) == 87


def test_an_empty_ledger_has_nothing_unknown() -> None:
    assert json.loads(run("unknown", "list", "--json").output) == []


CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:always
DTSTAMP:20260101T000000Z
DTSTART:20260101T000000Z
DTEND:20260102T000000Z
RRULE:FREQ=DAILY
SUMMARY:Anna
END:VEVENT
END:VCALENDAR"""


def test_a_roster_is_imported_shown_exported_and_cleared() -> None:
    run("duty", "import", lines=[PERSON])
    imported = json.loads(run("roster", "import", "water", "--days", "10", "--json", lines=[CALENDAR]).output)
    assert imported["shifts"] >= 10
    rows = json.loads(run("roster", "list", "water", "--json").output)
    assert [row["name"] for row in rows if row["has_the_turn"]] == ["Anna"]
    again = run("roster", "import", "water", "--days", "10", "--json", lines=[run("roster", "export", "water").output])
    assert json.loads(again.output)["shifts"] == imported["shifts"]
    assert run("roster", "clear", "water").exit_code == 0
    assert run("roster", "clear", "water").exit_code == 1


def test_a_roster_of_strangers_or_of_no_team_changes_nothing() -> None:
    run("duty", "import", lines=[PERSON])
    stranger = run("roster", "import", "water", lines=[CALENDAR.replace("Anna", "Nobody")])
    assert (stranger.exit_code, "'Nobody'" in stranger.stderr) == (1, True)
    assert run("roster", "import", "dragons", lines=[CALENDAR]).exit_code == 1
    assert json.loads(run("roster", "list", "water", "--json").output) == []
