"""The local stack's promises, shown with the real supervisor and Kafka and small stand-ins for the services."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hejnal.stack.kafka import answers
from hejnal.stack.lock import holder
from hejnal.stack.ports import Ports
from tests.integration import pretend_city

pytestmark = pytest.mark.kafka

DEADLINE_S = 60.0
ROOT_PARTS = ("cities", "deploy", "hejnal", "sandbox", "services", "shared", "web")


class City:
    """A home with the command line to drive it."""

    def __init__(self, home: Path, offset: int) -> None:
        self.home = home
        self.offset = offset
        self.environment = os.environ | {"HEJNAL_HOME": str(home), "HEJNAL_PORT_OFFSET": str(offset), "COLUMNS": "300"}

    def hejnal(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "hejnal", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    @property
    def stack(self) -> Any:
        return json.loads((self.home / ".local" / "stack.json").read_text())

    def pid_of(self, name: str) -> int:
        return int(self.stack["pids"][name])

    @property
    def kafka_port(self) -> int:
        return 19092 + self.offset


def free_offset() -> int:
    """An offset at which none of the stack's ports is taken; each test process looks in a range of its own."""
    for offset in range(2000 + os.getpid() % 300 * 30, 40_000, 15):
        if all(_is_free(port + offset) for port in Ports().by_name().values()):
            return offset
    raise AssertionError("no free range of ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return port < 65_536 and probe.connect_ex(("127.0.0.1", port)) != 0


def wait_until(true: Callable[[], bool], what: str, deadline_s: float = DEADLINE_S) -> None:
    deadline = time.monotonic() + deadline_s
    while not true():
        assert time.monotonic() < deadline, f"after {deadline_s} s still not so: {what}"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    made = City(pretend_city.build(tmp_path / "city"), free_offset())
    yield made
    made.hejnal("down")


@pytest.fixture
def running(city: City) -> City:
    up = city.hejnal("up")
    assert up.returncode == 0, up.stderr
    return city


def test_up_says_where_everything_is_and_keeps_it_to_its_owner(running: City) -> None:
    stack = running.stack
    assert stack["console_url"] == f"http://127.0.0.1:{8000 + running.offset}"
    assert stack["kafka_bootstrap_servers"] == f"127.0.0.1:{running.kafka_port}"
    assert stack["gateway_key"] == "a-gateway-key"
    for who in ("operator", "supervisor", "second_supervisor", "viewer", "administrator"):
        assert stack[who].keys() == {"username", "password", "token"}
    assert {"ingest", "classifier", "notifier", "console", "sandbox", "kafka", "stack"} <= stack["pids"].keys()
    assert stat.S_IMODE((running.home / ".local" / "stack.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((running.home / ".local" / "secrets.json").stat().st_mode) == 0o600


def test_down_stops_every_process_and_a_second_down_is_harmless(running: City) -> None:
    pids = list(running.stack["pids"].values())
    assert running.hejnal("down").returncode == 0
    wait_until(lambda: not any(alive(pid) for pid in pids), "every process has ended")
    assert not (running.home / ".local" / "stack.json").exists()
    assert running.hejnal("down").returncode == 0


def test_a_second_start_reuses_what_the_first_one_seeded(running: City) -> None:
    before = running.stack
    running.hejnal("down")
    assert running.hejnal("up").returncode == 0
    assert running.stack["operator"] == before["operator"]
    seeded = (running.home / "seeded.log").read_text().split("\n")
    assert sorted(line.split()[0] for line in seeded if line) == ["duty", "keys", "users"]


def test_up_while_up_changes_nothing(running: City) -> None:
    before = running.stack
    assert running.hejnal("up").returncode == 0
    assert running.stack == before


def test_a_killed_service_and_a_killed_broker_come_back_and_the_file_says_where(running: City) -> None:
    old = {name: running.pid_of(name) for name in ("notifier", "kafka")}
    for pid in old.values():
        os.kill(pid, signal.SIGKILL)
    pids = lambda: running.stack["pids"]  # noqa: E731 — while a process is away, so is its name
    wait_until(
        lambda: all(pids().get(name, pid) != pid for name, pid in old.items()), "new processes are in stack.json"
    )
    wait_until(lambda: answers(running.kafka_port), "the broker answers again")
    wait_until(lambda: running.hejnal("status", "--json").returncode == 0, "everything is ready again")


def test_a_killed_supervisor_leaves_nothing_that_holds_the_ports(running: City) -> None:
    pids = list(running.stack["pids"].values())
    os.kill(running.pid_of("stack"), signal.SIGKILL)
    wait_until(lambda: not any(alive(pid) for pid in pids), "every process has ended")
    assert running.hejnal("status").returncode == 1
    assert running.hejnal("up").returncode == 0


def test_up_names_the_service_that_keeps_dying_and_its_last_words_and_leaves_nothing_running(city: City) -> None:
    (city.home / "dying" / "classifier").touch()
    up = city.hejnal("up")
    assert up.returncode == 1
    assert "classifier keeps ending" in up.stderr
    assert "this one dies on purpose" in up.stderr
    wait_until(lambda: holder(city.home / ".local" / "stack.lock") is None, "the supervisor has ended")
    assert not answers(city.kafka_port)


def test_up_tells_the_reasons_of_a_service_that_does_not_get_ready(city: City) -> None:
    (city.home / "unready" / "notifier").write_text("database: not reached")
    city.environment["HEJNAL_START_TIMEOUT_S"] = "8"
    up = city.hejnal("up")
    assert up.returncode == 1
    assert "notifier: database: not reached" in up.stderr


def test_up_names_a_port_that_is_taken(city: City) -> None:
    with socket.create_server(("127.0.0.1", 8001 + city.offset)):
        up = city.hejnal("up")
    assert up.returncode == 1
    assert f"port {8001 + city.offset} (ingest) is taken" in up.stderr
