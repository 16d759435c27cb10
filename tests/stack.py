"""The whole stack for a test, as a city would run it: started by `hejnal up`, reached by its public addresses, broken by kill -9."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest

from hejnal.stack.ports import Ports

__all__ = ["Stack", "running_stack", "stack"]

ROOT = Path(__file__).parents[1]
DEADLINE_S = 60.0

# Tests send from one address, and do not want to wait for a deputy to be woken.
FOR_TESTS = {
    "HEJNAL_INGEST_REPORTS_PER_CLIENT": "1000000",
    "HEJNAL_NOTIFIER_SUBSCRIPTIONS_PER_CLIENT": "100000",
    "HEJNAL_CONSOLE_SIGN_IN_LIMITS": "10000/minute",
    "HEJNAL_NOTIFIER_TIME_SCALE": "0.05",
}


class Stack:
    """A running stack. Every wait has a deadline and says what it waited for."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self.home = home
        self.environment = environment
        self.http = httpx.Client(timeout=30)

    @property
    def file(self) -> Any:
        return json.loads((self.home / ".local/stack.json").read_text("utf-8"))

    @cached_property
    def addresses(self) -> Any:
        return self.file

    def hejnal(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "hejnal", *arguments],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )

    def kill(self, name: str) -> None:
        """Ends it by SIGKILL, as a power cut would."""
        os.kill(self.file["pids"][name], signal.SIGKILL)

    def until(self, what: str, true: Callable[[], Any], deadline_s: float = DEADLINE_S) -> Any:
        deadline = time.monotonic() + deadline_s
        last: Any = None
        while True:
            try:
                if last := true():
                    return last
            except httpx.TransportError as error:
                last = error
            if time.monotonic() > deadline:
                pytest.fail(f"after {deadline_s} s still not so: {what} (last: {last!r})")
            time.sleep(0.05)

    def until_ready(self) -> None:
        for name in ("ingest", "classifier", "notifier", "console"):
            url = f"{self.addresses[f'{name}_url']}/readyz"
            self.until(f"{name} is ready", lambda url=url: self.http.get(url).status_code == 200)

    # residents and gateways

    def report(self, text: str, lat: float | None = None, lon: float | None = None, **more: Any) -> Any:
        place = {} if lat is None else {"lat": lat, "lon": lon}
        answer = self.http.post(f"{self.addresses['ingest_url']}/v1/reports", json={"text": text, **place, **more})
        assert answer.status_code == 202, answer.text
        return answer.json()

    def status(self, ticket: Any) -> Any:
        answer = self.http.get(
            f"{self.addresses['ingest_url']}/v1/reports/{ticket['report_id']}", params={"code": ticket["tracking_code"]}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def until_status(self, ticket: Any, *states: str) -> Any:
        return self.until(
            f"the report is {' or '.join(states)}",
            lambda: (now := self.status(ticket))["state"] in states and now,
        )

    def reading(self, **reading: Any) -> Any:
        answer = self.http.post(
            f"{self.addresses['ingest_url']}/v1/readings",
            json=reading,
            headers={"Authorization": f"Bearer {self.addresses['gateway_key']}"},
        )
        assert answer.status_code == 202, answer.text
        return answer.json()

    # operators

    def console(self, method: str, path: str, *, who: str = "operator", **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.addresses[who]['token']}"} | more.pop("headers", {})
        return self.http.request(method, f"{self.addresses['console_url']}{path}", headers=headers, **more)

    def alerts(self, **filters: Any) -> list[Any]:
        found: list[Any] = []
        cursor = None
        while True:
            answer = self.console(
                "GET", "/v1/alerts", params={"limit": 500, **filters} | ({"cursor": cursor} if cursor else {})
            )
            assert answer.status_code == 200, answer.text
            found += answer.json()["alerts"]
            if not (cursor := answer.json()["next_cursor"]):
                return found

    def alert(self, alert_id: str) -> Any:
        answer = self.console("GET", f"/v1/alerts/{alert_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def alert_of(self, ticket: Any) -> Any:
        """The alert that a report joined, once the console shows it."""

        def joined() -> Any:
            for alert in self.alerts():
                if any(one.get("report_id") == ticket["report_id"] for one in alert["evidence"]):
                    return alert
            return None

        return self.until("the report is evidence of an alert", joined)

    def decide(self, alert: Any, kind: str, **more: Any) -> Any:
        answer = self.console(
            "POST",
            f"/v1/alerts/{alert['alert_id']}/decisions",
            json={"kind": kind, "if_version": alert["version"], **more},
        )
        assert answer.status_code == 202, answer.text
        path = f"/v1/decisions/{answer.json()['decision_id']}"
        return self.until(
            f"the decision {kind} is through the log",
            lambda: (now := self.console("GET", path).json())["state"] != "pending" and now,
        )

    # phones

    def messages(self, **filters: Any) -> list[Any]:
        answer = self.http.get(f"{self.addresses['sandbox_url']}/v1/messages", params={"limit": 10_000, **filters})
        assert answer.status_code == 200, answer.text
        return list(answer.json()["messages"])

    def messages_of(self, alert_id: str) -> list[Any]:
        """What reached phones and mailboxes because of an alert, by the notification ids that the console shows."""
        references = {one["notification_id"] for one in self.alert(alert_id)["notifications"]}
        return [message for message in self.messages() if message["reference"] in references]

    def text(self, phone: str, text: str) -> None:
        """What the owner of a phone writes to the city."""
        url = f"{self.addresses['sandbox_url']}/v1/texts"
        self.until(
            "the SMSC has somebody to give it to",
            lambda: self.http.post(url, json={"from": phone, "text": text}).status_code == 202,
        )

    def behave(self, channel: str, mode: str, provider: str | None = None, **more: Any) -> None:
        body = {"channel": channel, "mode": mode, **more} | ({"provider": provider} if provider else {})
        answer = self.http.post(f"{self.addresses['sandbox_url']}/v1/behaviour", json=body)
        assert answer.status_code < 300, answer.text


@contextmanager
def running_stack(home: Path, **settings: str) -> Iterator[Stack]:
    """A stack of one's own in `home`, with the code and data of this checkout. It is stopped at the end."""
    (home / ".local").mkdir(parents=True, exist_ok=True)
    for name in ("cities", "deploy", "web"):
        (home / name).symlink_to(ROOT / name)
    (home / ".local/kafka").symlink_to(ROOT / ".local/kafka")
    environment = os.environ | FOR_TESTS | settings
    environment |= {"HEJNAL_HOME": str(home), "HEJNAL_PORT_OFFSET": str(_free_offset()), "COLUMNS": "200"}
    started = Stack(home, environment)
    up = started.hejnal("up")
    try:
        assert up.returncode == 0, f"hejnal up failed:\n{up.stdout}\n{up.stderr}\n{_log_tails(home)}"
        yield started
    finally:
        down = started.hejnal("down")
        started.http.close()
        assert down.returncode == 0, down.stdout + down.stderr


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One stack for all smoke tests of a session; each test uses places and people of its own."""
    with running_stack(tmp_path_factory.mktemp("city")) as started:
        yield started


def _free_offset() -> int:
    """An offset at which none of the stack's ports is taken; each test process looks in a range of its own."""
    for offset in range(3000 + os.getpid() % 300 * 40, 40_000, 20):
        if all(_is_free(port + offset) for port in Ports().by_name().values()):
            return offset
    raise AssertionError("no free range of ports")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return port < 65_536 and probe.connect_ex(("127.0.0.1", port)) != 0


def _log_tails(home: Path) -> str:
    tails = []
    for log in sorted((home / ".local/logs").glob("*.log")):
        lines = log.read_text("utf-8", "replace").splitlines()[-15:]
        tails.append(f"--- {log.name}\n" + "\n".join(line[:600] for line in lines))
    return "\n".join(tails)
