"""`hejnal notifier …`."""

import base64
import json
import secrets
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError
from sqlalchemy import select

from services.notifier import roster_commands
from services.notifier.adapters.store.duty import DutyEntry, DutyList
from services.notifier.adapters.store.subscriptions import Subscriptions
from services.notifier.adapters.store.tables import notifications
from services.notifier.adapters.store.writing import Store
from services.notifier.command_store import Json, fail, pack, say, with_store
from services.notifier.core.masking import mask
from services.notifier.core.subscription import Subscription
from services.notifier.settings import CommandSettings
from services.notifier.subscribing.bodies import SubscriptionBody
from services.notifier.subscribing.duty_bodies import DutyBody, duty_entry
from services.notifier.subscribing.entering import new_subscription
from shared.errors import Invalid
from shared.events import NotificationRequested, format_time
from shared.pack import CityPack

__all__ = ["app"]

R = TypeVar("R")
B = TypeVar("B", bound=BaseModel)
app = typer.Typer(no_args_is_help=True, help="Who is on duty, who has subscribed, what is unknown.")
duty = typer.Typer(no_args_is_help=True, help="The duty list: people and how they are reached.")
subscriptions = typer.Typer(no_args_is_help=True, help="Residents' subscriptions.")
unknown = typer.Typer(no_args_is_help=True, help="Notifications of which nobody knows whether they arrived.")
app.add_typer(duty, name="duty")
app.add_typer(roster_commands.app, name="roster")
app.add_typer(subscriptions, name="subscriptions")
app.add_typer(unknown, name="unknown")

File = Annotated[
    Path | None, typer.Argument(help="JSON lines; standard input without it.", exists=True, dir_okay=False)
]
_LOT = 500


@duty.command("import", epilog="Example: hejnal notifier duty import people.jsonl")
def import_duty(file: File = None, as_json: Json = False) -> None:
    """Add people, or replace the contacts of those known by name. One bad line, and nobody is imported.

    A line: {"name", "language", "contacts": [{"channel": "sms|email|app", "address"? , "push_subscription"?}], "teams"?, "urgencies"?,
    "categories"?}. Without teams, urgencies or categories a person hears of all.
    """
    city, entries, errors = pack(), list[DutyEntry](), list[str]()
    for number, line in _lines(file):
        try:
            entries.append(duty_entry(_parsed(DutyBody, line), city))
        except Invalid as error:
            errors.append(f"line {number}: {error.detail}")
    if errors:
        fail(errors)
    with_store(lambda store: DutyList(store).put(entries, datetime.now(UTC)))
    say(as_json, {"imported": len(entries)}, f"{len(entries)} people are on the duty list now.")


@duty.command("list", epilog="Example: hejnal notifier duty list --json")
def list_duty(as_json: Json = False) -> None:
    """List everyone on duty; addresses are masked."""
    entries = with_store(lambda store: DutyList(store).entries())
    if as_json:
        print(json.dumps([_shown(entry) for entry in entries], ensure_ascii=False))
        return
    for entry in entries:
        contacts = ", ".join(f"{each.channel} {mask(each.channel, each.address)}" for each in entry.contacts)
        print(f"{entry.name} ({entry.language}; {', '.join(entry.teams) or 'every team'}): {contacts}")


@duty.command("remove", epilog="Example: hejnal notifier duty remove 'Oficer dyżurny'")
def remove_duty(name: Annotated[str, typer.Argument(help="As listed.")], as_json: Json = False) -> None:
    """Take a person off the duty list, with all contacts."""
    if not with_store(lambda store: DutyList(store).remove(name)):
        fail([f"nobody on duty is named {name!r}"])
    say(as_json, {"removed": name}, f"{name} is no longer on duty.")


@subscriptions.command("import", epilog="Example: hejnal notifier subscriptions import residents.jsonl")
def import_subscriptions(file: File = None, as_json: Json = False) -> None:
    """Import subscriptions that were confirmed elsewhere: a city moving its list. Bad lines are told and left out; exit 1 then.

    A line has the fields of POST /v1/subscriptions.
    """
    report = _Imported()
    with_store(lambda store: _import(store, pack(), _lines(file), report))
    say(
        as_json,
        {"imported": report.imported, "refused": len(report.errors)},
        f"{report.imported} subscriptions imported.",
    )
    if report.errors:
        fail(report.errors)


@subscriptions.command("export", epilog="Example: hejnal notifier subscriptions export > residents.jsonl")
def export_subscriptions() -> None:
    """Print all confirmed subscriptions as JSON lines that `import` takes. They hold addresses: keep them safe."""
    with_store(_export)


@subscriptions.command("count", epilog="Example: hejnal notifier subscriptions count --json")
def count_subscriptions(as_json: Json = False) -> None:
    """Count subscriptions by channel."""
    counted = with_store(lambda store: Subscriptions(store).count())
    rows = [
        {"channel": channel, "state": state, "count": number} for (channel, state), number in sorted(counted.items())
    ]
    total = sum(number for (_, state), number in counted.items() if state == "confirmed")
    text = "\n".join(f"{row['channel']:6} {row['state']:10} {row['count']}" for row in rows)
    say(as_json, {"confirmed": total, "by_channel": rows}, text or "There are no subscriptions.")


@unknown.command("list", epilog="Example: hejnal notifier unknown list --json")
def list_unknown(
    limit: Annotated[int, typer.Option(help="At the most so many, the newest first.", min=1, max=10_000)] = 100,
    as_json: Json = False,
) -> None:
    """List notifications of which nobody knows whether they arrived: ask the provider, or the person."""
    rows = with_store(lambda store: _unknown(store, limit))
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        print(f"{row['changed_at']}  {row['notification_id']}  {row['channel']:5}  {row['recipient']}  {row['reason']}")


@app.command(epilog="Example: hejnal notifier vapid --json")
def vapid(as_json: Json = False) -> None:
    """Show the public key that browsers subscribe to pushes with; the pair is made when there is none."""
    from services.notifier.providers import load_vapid, public_key_of  # noqa: PLC0415 — slow to import

    path = CommandSettings().vapid_key_file
    try:
        point = public_key_of(load_vapid(path))
    except (OSError, ValueError) as error:
        fail([f"{path}: {error}"])
    key = base64.urlsafe_b64encode(point).rstrip(b"=").decode("ascii")
    say(as_json, {"public_key": key, "file": str(path)}, key)


@dataclass(slots=True)
class _Imported:
    imported: int = 0
    errors: list[str] = field(default_factory=list)


async def _import(store: Store, city: CityPack, lines: Iterable[tuple[int, str]], report: _Imported) -> None:
    kept = Subscriptions(store)
    lot: list[Subscription] = []
    for number, line in lines:
        try:
            # Nobody holds an owner's token of a list that was moved: such subscribers leave by the link in every message.
            nobodys = secrets.token_urlsafe(32)
            lot.append(new_subscription(_parsed(SubscriptionBody, line), city, nobodys, datetime.now(UTC), None))
        except Invalid as error:
            report.errors.append(f"line {number}: {error.detail}")
        if len(lot) >= _LOT:
            await _add(kept, lot, report)
    await _add(kept, lot, report)


async def _add(kept: Subscriptions, lot: list[Subscription], report: _Imported) -> None:
    await kept.add(lot)
    report.imported += len(lot)
    if report.imported and report.imported % (20 * _LOT) == 0:
        sys.stderr.write(f"{report.imported} imported …\n")
    lot.clear()


async def _export(store: Store) -> None:
    after = ""
    while page := await Subscriptions(store).page(after, _LOT):
        for one in page:
            if one.confirmed_at is not None:
                print(json.dumps(_exported(one), ensure_ascii=False))
        after = page[-1].subscription_id


async def _unknown(store: Store, limit: int) -> list[dict[str, str]]:
    query = (
        select(notifications)
        .where(notifications.c.state == "unknown")
        .order_by(notifications.c.changed_at.desc())
        .limit(limit)
    )
    async with store.database.read() as connection:
        rows = (await connection.execute(query)).all()
    return [
        {
            "notification_id": row.notification_id,
            "channel": row.channel,
            "recipient": NotificationRequested.model_validate_json(row.event).recipient,
            "alert_id": row.alert_id or "",
            "provider": row.provider or "",
            "reason": row.reason,
            "changed_at": format_time(row.changed_at),
        }
        for row in rows
    ]


def _shown(entry: DutyEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "language": entry.language,
        "teams": entry.teams,
        "urgencies": entry.urgencies,
        "categories": entry.categories,
        "contacts": [{"channel": each.channel, "address": mask(each.channel, each.address)} for each in entry.contacts],
    }


def _exported(one: Subscription) -> dict[str, Any]:
    reached = (
        {"push_subscription": {"endpoint": one.address, "keys": dict(one.push_keys)}}
        if one.push_keys
        else {"address": one.address}
    )
    return {
        "channel": one.channel,
        **reached,
        "area": dict(one.area),
        "categories": list(one.categories),
        "least_urgency": one.least_urgency,
        "language": one.language,
        "quiet_hours": [
            {"days": sorted(each.days), "from": f"{each.begins:%H:%M}", "to": f"{each.ends:%H:%M}"}
            for each in one.quiet_hours
        ],
    }


def _lines(file: Path | None) -> Iterator[tuple[int, str]]:
    source = file.open("rb") if file else sys.stdin.buffer
    with source:
        for number, line in enumerate(source, 1):
            if line.strip():
                yield number, line.decode("utf-8", "replace")


def _parsed(model: type[B], line: str) -> B:
    try:
        return model.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Invalid("not_valid", f"{'/'.join(map(str, first['loc']))}: {first['msg']}") from error
