"""Secrets and files of the local stack."""

import stat
from pathlib import Path

import pytest

from hejnal.stack import environment
from hejnal.stack.files import read_json, write_json
from hejnal.stack.home import Home
from hejnal.stack.lock import AlreadyRunning, StackLock, holder
from hejnal.stack.ports import Ports
from hejnal.stack.secrets import Secrets


def test_secrets_are_random_kept_and_their_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first = Secrets(path)
    assert first.get("ingest") != first.get("notifier")
    assert Secrets(path).get("ingest") == first.get("ingest")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_no_object_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "stack.json"
    write_json(path, ["no", "object"])
    with pytest.raises(ValueError, match=r"stack\.json"):
        read_json(path)


def test_only_one_supervisor_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "stack.lock"
    assert holder(path) is None
    lock = StackLock(path)
    lock.take()
    with pytest.raises(AlreadyRunning):
        StackLock(path).take()
    del lock
    assert holder(path) is None


def test_the_callers_preferences_go_first_and_addresses_are_the_stacks(tmp_path: Path) -> None:
    caller = {"HEJNAL_INGEST_DATABASE_URL": "postgresql+asyncpg://db/ingest", "HEJNAL_INGEST_PORT": "1"}
    given = environment.for_services(Home(tmp_path), Ports(), Secrets(tmp_path / "secrets.json"), caller)
    assert given["HEJNAL_INGEST_DATABASE_URL"] == "postgresql+asyncpg://db/ingest"
    assert given["HEJNAL_INGEST_PORT"] == "8001"


def test_commands_beside_a_stack_use_its_databases_secrets_and_broker(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert environment.for_commands(home, {}) == {}
    secrets = Secrets(home.secrets_file)
    services = environment.for_services(home, Ports(), secrets, {})
    write_json(home.stack_file, {"kafka_bootstrap_servers": "127.0.0.1:19592"})
    commands = environment.for_commands(home, {"HEJNAL_CITY": "krakow"})
    assert commands["HEJNAL_INGEST_SECRET"] == services["HEJNAL_INGEST_SECRET"]
    assert commands["HEJNAL_KAFKA_BOOTSTRAP_SERVERS"] == "127.0.0.1:19592"
    assert "HEJNAL_CITY" not in commands
