"""`hejnal ingest keys`."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from services.ingest.commands import app


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEJNAL_INGEST_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/deep/ingest.db")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["keys", *arguments])


def test_key_is_made_listed_and_revoked() -> None:
    made = json.loads(run("create", "--name", "San gauges", "--sensor", "san-*", "--sensor", "wiar-1", "--json").stdout)
    assert set(made) == {"key_id", "key"}
    listed = run("list", "--json").stdout
    assert made["key"] not in listed
    (key,) = json.loads(listed)
    assert (key["key_id"], key["name"], key["sensors"], key["revoked_at"]) == (
        made["key_id"],
        "San gauges",
        ["san-*", "wiar-1"],
        None,
    )
    assert run("revoke", made["key_id"]).exit_code == 0
    assert json.loads(run("list", "--json").stdout)[0]["revoked_at"]
    again = run("revoke", made["key_id"])
    assert again.exit_code == 1
    assert made["key_id"] in again.stderr


def test_key_is_shown_to_people_with_the_way_to_take_it_back() -> None:
    shown = run("create", "--name", "x").stdout
    assert shown.startswith("hjg_")
    assert "revoke" in shown
    assert "every sensor" in run("list").stdout


@pytest.mark.parametrize("arguments", [["--name", "x", "--sensor", "a b"], ["--name", " "], [], ["--name", "x" * 101]])
def test_wrong_use_is_told(arguments: list[str]) -> None:
    assert run("create", *arguments).exit_code == 2


@pytest.mark.parametrize("command", ["create", "list", "revoke"])
def test_help_has_an_example(command: str) -> None:
    assert f"hejnal ingest keys {command}" in run(command, "--help").stdout
