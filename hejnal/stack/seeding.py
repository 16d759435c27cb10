"""What a fresh stack needs to be of use: people who sign in, a gateway's key, and somebody on duty with three phones.

Each is written by the service's own command, once; what was made is remembered, so that the next start reuses it.
"""

import asyncio
import json
import secrets
import sys
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime

from pydantic import BaseModel, JsonValue

from hejnal.stack.files import read_json, write_json
from hejnal.stack.home import Home
from hejnal.stack.stack_file import Credentials, Seeded

__all__ = ["Seeding", "SeedingFailed"]

ROLES: Mapping[str, str] = {
    "operator": "operator",
    "supervisor": "supervisor",
    "second_supervisor": "supervisor",
    "viewer": "viewer",
    "administrator": "administrator",
}
PASSWORD_BYTES = 12
TOKEN_BYTES = 32


class SeedingFailed(RuntimeError):
    """A service's command refused what was to be written; the message is its own."""


class _Memory(BaseModel):
    """`.local/seeded.json`: each field is set when its step is done."""

    gateway_key: str | None = None
    people: dict[str, Credentials] = {}
    duty_since: datetime | None = None


class Seeding:
    def __init__(self, home: Home, environment: Mapping[str, str], sandbox_url: str) -> None:
        self._home = home
        self._environment = environment
        self._sandbox_url = sandbox_url
        self._memory = _Memory.model_validate(read_json(home.seeded_file))

    def result(self) -> Seeded:
        """Only after all three steps."""
        memory = self._memory
        assert memory.gateway_key is not None
        return Seeded.model_validate({"gateway_key": memory.gateway_key, **memory.people})

    async def gateway_key(self) -> None:
        if self._memory.gateway_key is None:
            said = await self._hejnal("ingest", "keys", "create", "--name", "local", "--json")
            self._memory.gateway_key = str(json.loads(said)["key"])
            self._remember()

    async def people(self) -> None:
        if set(self._memory.people) != set(ROLES):
            people = {name: _credentials(name) for name in ROLES}
            lines = [{"role": ROLES[name], **made.model_dump()} for name, made in people.items()]
            await self._hejnal("console", "users", "import", lines=lines)
            self._memory.people = people
            self._remember()

    async def duty(self) -> None:
        """On duty for everything: an alert of urgency high or more reaches an SMS, an email and an app at least."""
        if self._memory.duty_since is None:
            phone = await asyncio.to_thread(new_phone, self._sandbox_url)
            await self._hejnal("notifier", "duty", "import", lines=duty_list(phone))
            self._memory.duty_since = datetime.now(UTC)
            self._remember()

    async def _hejnal(self, *arguments: str, lines: list[dict[str, JsonValue]] | None = None) -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "hejnal",
            *arguments,
            env=dict(self._environment),
            cwd=self._home.root,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        given = "".join(json.dumps(line) + "\n" for line in lines or []).encode()
        said, complaints = await process.communicate(given)
        if process.returncode != 0:
            raise SeedingFailed(f"hejnal {' '.join(arguments)}: {complaints.decode(errors='replace').strip()[-1000:]}")
        return said.decode()

    def _remember(self) -> None:
        write_json(self._home.seeded_file, self._memory.model_dump(mode="json"))


def new_phone(sandbox_url: str) -> JsonValue:
    """The push subscription of a new phone at the sandbox. Raises OSError."""
    request = urllib.request.Request(f"{sandbox_url}/v1/push-subscriptions", data=b"", method="POST")  # noqa: S310 — our own
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
        phone: JsonValue = json.load(response)
        return phone


def duty_list(phone: JsonValue) -> list[dict[str, JsonValue]]:
    """Two officers; the numbers and the domain are set aside for examples, and the sandbox takes them all."""
    return [
        {
            "name": "Oficer dyżurny",
            "language": "pl",
            "contacts": [
                {"channel": "sms", "address": "+48600100100"},
                {"channel": "email", "address": "dyzurny@przemysl.example"},
                {"channel": "app", "push_subscription": phone},
            ],
        },
        {
            "name": "Черговий диспетчер",
            "language": "uk",
            "contacts": [{"channel": "sms", "address": "+48600200200"}],
        },
    ]


def _credentials(username: str) -> Credentials:
    return Credentials(
        username=username, password=secrets.token_urlsafe(PASSWORD_BYTES), token=secrets.token_urlsafe(TOKEN_BYTES)
    )
