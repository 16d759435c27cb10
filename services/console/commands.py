"""`hejnal console …`: who may sign in, the audit, what the next model learns from, and making the read model anew."""

import asyncio
import json
import secrets
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, NoReturn, TypeVar

import typer
from pydantic import ValidationError

from services.console.adapters.audit_trail import AuditAction, AuditEntry, AuditTrail
from services.console.adapters.example_queries import learning_examples
from services.console.adapters.passwords import Passwords
from services.console.adapters.people import People, Person
from services.console.app import MIGRATIONS
from services.console.bodies import PersonLine
from services.console.core.learning_examples import LearningExample
from services.console.core.roles import Role
from services.console.rebuilding import rebuild_model
from services.console.settings import DatabaseSettings, Settings
from shared.database import Database, upgrade
from shared.errors import Transient
from shared.events import format_time

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Who may sign in, the audit, and making the read model anew.")
users = typer.Typer(no_args_is_help=True, help="People and programs that may sign in.")
app.add_typer(users, name="users")
examples = typer.Typer(no_args_is_help=True, help="What operators corrected, for the next model.")
app.add_typer(examples, name="examples")

R = TypeVar("R")
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON, for programs.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
_ACTOR = "command line"


@users.command("create")
def create_user(
    username: str,
    role: Annotated[Role, typer.Option(help="Each role may do all that those before it may.")] = Role.VIEWER,
    *,
    password_stdin: FromStdin = False,
    with_token: Annotated[
        bool, typer.Option("--with-token", help="Make a bearer token for programs and show it once.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Create a person, or bring the one of that name to this. A password is made and shown once unless it is given.

    Example: echo "$PASSWORD" | hejnal console users create ola --role operator --password-stdin
    """
    given = _password() if password_stdin else None
    password = given or secrets.token_urlsafe(15)
    token = secrets.token_urlsafe(32) if with_token else None
    line = _checked({"username": username, "password": password, "role": role, "token": token})
    person = _run(_save([line]))[0]
    shown = {"username": person.username, "role": person.role, "password": None if given else password, "token": token}
    shown = {name: value for name, value in shown.items() if value is not None}
    print(json.dumps(shown) if as_json else "\n".join(f"{name}: {value}" for name, value in shown.items()))


@users.command("import")
def import_users(as_json: AsJson = False) -> None:
    """Create or update people from JSON lines on standard input: {"username","password","role","token"?}.

    The same lines again change nothing. Nobody is saved when a line is bad.

    Example: hejnal console users import < people.jsonl
    """
    lines = [_line(number, text) for number, text in enumerate(sys.stdin, 1) if text.strip()]
    saved = _run(_save(lines))
    print(json.dumps({"saved": len(saved)}) if as_json else f"{len(saved)} saved")


@users.command("list")
def list_users(as_json: AsJson = False) -> None:
    """List everybody who may sign in, or once might.

    Example: hejnal console users list
    """
    for person in _run(_everybody()):
        if as_json:
            print(json.dumps({"username": person.username, "role": person.role, "disabled": person.disabled}))
        else:
            print(f"{person.username:<24} {person.role:<14} {'disabled' if person.disabled else ''}".rstrip())


@users.command("disable")
def disable_user(username: str) -> None:
    """End a person's sessions and refuse the password and tokens from now on. What they did stays in the audit.

    Example: hejnal console users disable ola
    """
    _run(_change(username, AuditAction.USER_DISABLED, None))
    print(f"{username} is disabled")


@users.command("set-password")
def set_password(username: str) -> None:
    """Set a new password, read from standard input, and end the person's sessions.

    Example: echo "$PASSWORD" | hejnal console users set-password ola
    """
    line = _checked({"username": username, "password": _password(), "role": Role.VIEWER, "token": None})
    _run(_change(username, AuditAction.PASSWORD_SET, line.password))
    print(f"{username} has a new password")


@examples.command("export")
def export_examples() -> None:
    """Write what operators corrected as labelled reports, JSON lines that `hejnal classifier train --examples` takes.

    A decision that set a category or an urgency, or dismissed. Telephone numbers, addresses and plates are left out of the texts.

    Example: hejnal console examples export > .local/examples.jsonl
    """
    for example in _run(_examples()):
        row = {
            "id": example.id,
            "scenario": example.scenario,
            "language": "mixed",
            "text": example.text,
            "urgency": example.urgency,
            "categories": [example.category],
            "why": example.why,
        }
        print(json.dumps(row, ensure_ascii=False))


@app.command("audit")
def show_audit(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Entries at the most.")] = 100,
    actor: Annotated[str | None, typer.Option(help="Only what this person did.")] = None,
    action: Annotated[AuditAction | None, typer.Option(help="Only this.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show who signed in and who decided what, newest first.

    Example: hejnal console audit --actor ola --limit 20
    """
    for entry in _run(_audit(limit, actor, action)):
        row = {
            "number": entry.number,
            "at": format_time(entry.at),
            "actor": entry.actor,
            "action": entry.action,
            "outcome": entry.outcome,
            "subject": entry.subject,
            "detail": entry.detail,
        }
        print(json.dumps(row) if as_json else "  ".join(str(value) for value in row.values() if value is not None))


@app.command("rebuild")
def rebuild(
    timeout_s: Annotated[float, typer.Option(min=1, help="Give up after so many seconds.")] = 3600,
) -> None:
    """Empty the read model and make it anew from the log. People, sessions, decisions and the audit stay.

    A running console goes on working, and shows what has been read so far.

    Example: hejnal console rebuild
    """
    settings = Settings()

    async def work() -> dict[str, int]:
        async with _database(settings) as database:
            await AuditTrail(database).add(AuditEntry(_now(), _ACTOR, AuditAction.REBUILD, "started"))
            async with asyncio.timeout(timeout_s):
                return await rebuild_model(settings, database, lambda text: print(text, file=sys.stderr))

    try:
        counts = _run(work())
    except TimeoutError:
        _fail("The log was not read in time. What has been read stays, and a running console goes on from there.")
    print(", ".join(f"{number} {name}" for name, number in counts.items()))


def _run(work: Awaitable[R]) -> R:
    async def main() -> R:
        return await work

    try:
        return asyncio.run(main())
    except Transient as error:
        _fail(f"The database cannot be used: {error}")


def _fail(message: str, code: int = 1) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(code)


@asynccontextmanager
async def _database(settings: DatabaseSettings) -> AsyncIterator[Database]:
    await upgrade(settings.database_url, MIGRATIONS)
    database = Database(settings.database_url)
    try:
        yield database
    finally:
        await database.stop()


async def _save(lines: list[PersonLine]) -> list[Person]:
    passwords = Passwords()
    async with _database(DatabaseSettings()) as database:
        people, trail = People(database), AuditTrail(database)
        saved = []
        for line in lines:
            there = await people.named(line.username)
            same = there is not None and await passwords.fits(there.password_hash, line.password)
            password_hash = None if same else await passwords.hash(line.password)
            saved.append(await people.save(line.username, line.role, password_hash, line.token, _now()))
            await trail.add(AuditEntry(_now(), _ACTOR, AuditAction.USER_SAVED, line.role, saved[-1].username))
        return saved


async def _everybody() -> list[Person]:
    async with _database(DatabaseSettings()) as database:
        return list(await People(database).everybody())


async def _change(username: str, action: AuditAction, password: str | None) -> None:
    async with _database(DatabaseSettings()) as database:
        people = People(database)
        if password is None:
            found = await people.disable(username)
        else:
            found = await people.set_password(username, await Passwords().hash(password))
        if not found:
            _fail(f"There is nobody of the name {username}.")
        await AuditTrail(database).add(AuditEntry(_now(), _ACTOR, action, "done", username.casefold()))


async def _examples() -> list[LearningExample]:
    async with _database(DatabaseSettings()) as database:
        return await learning_examples(database)


async def _audit(limit: int, actor: str | None, action: AuditAction | None) -> list[AuditEntry]:
    async with _database(DatabaseSettings()) as database:
        return await AuditTrail(database).page(before=None, limit=limit, actor=actor, action=action)


def _password() -> str:
    given = sys.stdin.readline().rstrip("\r\n")
    if not given:
        _fail("There is no password on standard input.", 2)
    return given


def _line(number: int, text: str) -> PersonLine:
    try:
        return PersonLine.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        _fail(f"line {number}: {'/'.join(map(str, first['loc']))}: {first['msg']}")


def _checked(given: dict[str, str | None]) -> PersonLine:
    try:
        return PersonLine.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        _fail(f"{'/'.join(map(str, first['loc']))}: {first['msg']}", 2)


def _now() -> datetime:
    return datetime.now(UTC)
