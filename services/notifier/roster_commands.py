"""`hejnal notifier roster …`: whose turn it is."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from services.notifier.adapters.store.duty import DutyList
from services.notifier.adapters.store.rosters import Rosters
from services.notifier.adapters.store.writing import Store
from services.notifier.command_store import Json, fail, pack, say, with_store
from services.notifier.plan.core.roster import Shift, turns
from services.notifier.rostering import read_roster, write_roster
from shared.errors import Invalid
from shared.events import format_time

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Rosters of teams, as iCalendar: whose turn it is.")

Team = Annotated[str, typer.Argument(help="A team of the city's pack, such as `crisis-centre`.")]
Days = Annotated[int, typer.Option(help="How many days ahead.", min=1, max=1_000)]
_PAST = timedelta(days=1)


@app.command("import", epilog="Example: hejnal notifier roster import crisis-centre duties.ics")
def import_roster(
    team: Team,
    file: Annotated[Path | None, typer.Argument(help="iCalendar; standard input without it.", exists=True)] = None,
    days: Days = 400,
    as_json: Json = False,
) -> None:
    """Replace a team's shifts with those of a calendar. Each event's title is the name of a person on the duty list.

    While somebody has the turn, only they are told for that team; where the roster has a gap, all of the team are. An event in
    the category OVERRIDE takes the place of the other shifts of its time.
    """
    city = pack()
    if team not in {each.id for each in city.routing.teams}:
        fail([f"the pack has no team {team!r}"])
    content = file.read_bytes() if file else sys.stdin.buffer.read()
    now = datetime.now(UTC)

    async def put(store: Store) -> list[Shift]:
        people = [entry.name for entry in await DutyList(store).entries()]
        shifts = read_roster(content, team, people, city.city.zone, begins=now - _PAST, ends=now + timedelta(days=days))
        await Rosters(store).replace(team, shifts, now - _PAST)
        return shifts

    try:
        shifts = with_store(put)
    except Invalid as error:
        fail([error.detail])
    last = max((shift.ends for shift in shifts), default=None)
    facts = {"team": team, "shifts": len(shifts), "until": format_time(last) if last else None}
    say(as_json, facts, f"{len(shifts)} shifts of {team}, until {facts['until'] or 'never: all of the team are told'}.")


@app.command("list", epilog="Example: hejnal notifier roster list crisis-centre --days 7")
def list_roster(team: Team, days: Days = 7, as_json: Json = False) -> None:
    """List a team's shifts; a star is before who has the turn now."""
    now = datetime.now(UTC)
    shifts = with_store(lambda store: Rosters(store).between(team, now, now + timedelta(days=days)))
    on = turns(shifts, frozenset({team}), now).by_team.get(team, frozenset())
    rows = [
        {
            "name": shift.name,
            "begins": format_time(shift.begins),
            "ends": format_time(shift.ends),
            "overrides": shift.overrides,
            "has_the_turn": shift.runs(now) and shift.name in on,
        }
        for shift in shifts
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        star = "*" if row["has_the_turn"] else " "
        print(f"{star} {row['begins']} – {row['ends']}  {row['name']}{'  (override)' if row['overrides'] else ''}")


@app.command("export", epilog="Example: hejnal notifier roster export crisis-centre > duties.ics")
def export_roster(team: Team, days: Days = 100) -> None:
    """Print a team's shifts as iCalendar, one event each: for a calendar program, or to move them."""
    now = datetime.now(UTC)
    shifts = with_store(lambda store: Rosters(store).between(team, now - _PAST, now + timedelta(days=days)))
    sys.stdout.write(write_roster(shifts, now).decode())


@app.command("clear", epilog="Example: hejnal notifier roster clear crisis-centre")
def clear_roster(team: Team, as_json: Json = False) -> None:
    """Forget a team's roster: all of its people are told again."""
    if not with_store(lambda store: Rosters(store).clear(team)):
        fail([f"{team!r} has no roster"])
    say(as_json, {"cleared": team}, f"{team} has no roster any more: all of its people are told.")
