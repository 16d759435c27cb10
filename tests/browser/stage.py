"""What a test does beside the page: reports come in, other people decide."""

import time
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx

ARRIVES_WITHIN_S = 15
_serial = count(int(time.time()) % 100_000 * 100)


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    password: str
    token: str


@dataclass(frozen=True, slots=True)
class Stage:
    """A console (`console_url`), the front door for reports (`ingest_url`), and people who may sign in."""

    console_url: str
    ingest_url: str
    operator: Person
    supervisor: Person
    viewer: Person

    def report(self, text: str) -> str:
        """Send a report of a fire at a place of its own; return the alert's id once the console has it.

        A made-up house number tells it from others, and the places lie apart, so that no two join.
        """
        number = next(_serial)
        place = {"lat": 49.765 + number % 7 * 0.007, "lon": 22.735 + number // 7 % 9 * 0.009}
        body = {"text": f"{text} nr {number}", **place}
        answer = httpx.post(f"{self.ingest_url}/v1/reports", json=body)
        answer.raise_for_status()
        deadline = time.monotonic() + ARRIVES_WITHIN_S
        while time.monotonic() < deadline:
            found = self.ask("GET", "/v1/alerts", params={"q": f"nr {number}"})["alerts"]
            if found:
                return str(found[0]["alert_id"])
            time.sleep(0.05)
        raise AssertionError(f"the report {number} became no alert within {ARRIVES_WITHIN_S} s")

    def decide_as_other(self, alert_id: str, kind: str) -> None:
        """The supervisor decides about the alert as it is now, and the log has said yes."""
        version = self.ask("GET", f"/v1/alerts/{alert_id}")["version"]
        sent = self.ask("POST", f"/v1/alerts/{alert_id}/decisions", json={"kind": kind, "if_version": version})
        deadline = time.monotonic() + ARRIVES_WITHIN_S
        while self.ask("GET", f"/v1/decisions/{sent['decision_id']}")["state"] != "applied":
            assert time.monotonic() < deadline, f"{kind} was not applied"
            time.sleep(0.05)

    def ask(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.supervisor.token}"}
        answer = httpx.request(method, f"{self.console_url}{path}", headers=headers, **arguments)
        answer.raise_for_status()
        document: dict[str, Any] = answer.json()
        return document
