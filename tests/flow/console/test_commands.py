"""`hejnal console …` on a database of its own."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from services.console.commands import app
from tests.console_builders import PASSWORD

LINE = {"username": "Ola", "password": PASSWORD, "role": "operator", "token": "t" * 32}


@pytest.fixture(autouse=True)
def own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEJNAL_CONSOLE_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/console.db")


def run(*arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=given)


def listed() -> list[dict[str, object]]:
    return [json.loads(line) for line in run("users", "list", "--json").stdout.splitlines()]


def test_importing_the_same_people_twice_changes_nothing() -> None:
    for _ in range(2):
        result = run("users", "import", "--json", given=json.dumps(LINE) + "\n")
        assert result.exit_code == 0, result.output
        assert json.loads(result.stdout) == {"saved": 1}
    assert listed() == [{"username": "ola", "role": "operator", "disabled": False}]


def test_a_bad_line_is_named_and_nobody_is_saved() -> None:
    bad = json.dumps(LINE | {"role": "king"})
    result = run("users", "import", given=json.dumps(LINE) + "\n" + bad + "\n")
    assert result.exit_code == 1
    assert "line 2: role" in result.stderr
    assert listed() == []


def test_a_created_persons_password_and_token_are_shown_once() -> None:
    made = json.loads(run("users", "create", "jan", "--role", "viewer", "--with-token", "--json").stdout)
    assert made["role"] == "viewer"
    assert len(made["password"]) >= 15
    assert len(made["token"]) >= 32


def test_a_given_password_is_not_shown_and_a_short_one_refused() -> None:
    made = run("users", "create", "jan", "--password-stdin", "--json", given=f"{PASSWORD}\n")
    assert json.loads(made.stdout) == {"username": "jan", "role": "viewer"}
    refused = run("users", "create", "ola", "--password-stdin", given="short\n")
    assert refused.exit_code == 2
    assert "password" in refused.stderr


def test_disabling_and_new_passwords_need_somebody_of_the_name() -> None:
    run("users", "import", given=json.dumps(LINE) + "\n")
    assert run("users", "set-password", "OLA", given="another password\n").exit_code == 0
    assert run("users", "disable", "Ola").exit_code == 0
    assert listed()[0]["disabled"] is True
    assert run("users", "disable", "nobody").exit_code == 1


def test_the_audit_tells_what_the_command_line_did() -> None:
    run("users", "import", given=json.dumps(LINE) + "\n")
    run("users", "disable", "ola")
    lines = [json.loads(line) for line in run("audit", "--json").stdout.splitlines()]
    assert [(line["actor"], line["action"], line["subject"]) for line in lines] == [
        ("command line", "user_disabled", "ola"),
        ("command line", "user_saved", "ola"),
    ]
