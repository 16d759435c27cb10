"""`hejnal classifier …`: classify texts, replay a log, train and judge models, without Kafka. Imports wait until a command runs."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.classifier.backtest_command import backtest
from services.classifier.named_pack import load_folder, pack_folder

if TYPE_CHECKING:
    from services.classifier.assess.model_assessor import ModelAssessor
    from shared.pack import CityPack

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help="Classify texts, replay a log, train and judge the models that read reports."
)
app.command()(backtest)


PackOption = Annotated[
    str | None,
    typer.Option(help="A city's name (przemysl) or its pack's folder; HEJNAL_PACK_DIR otherwise, else przemysl."),
]
TierOption = Annotated[
    str | None,
    typer.Option(help="auto, on or off: the full tier; HEJNAL_CLASSIFIER_FULL_TIER otherwise, else auto."),
]
REPLAYED_IN_FULL = 300
"""A log with more reports than this is replayed by the fast tier, which is what a flood meets in the running service too."""


@app.command()
def classify(pack: PackOption = None, full_tier: TierOption = None) -> None:
    """What is each text about, how urgent, and why: JSON lines in, JSON lines out, in the same order.

    Reads {"id", "text", "language"?} from standard input. A bad line is answered by {"id", "error"} in its place.

    Example: echo '{"id": "1", "text": "Pali się dom, w środku są ludzie"}' | hejnal classifier classify

    Exit status: 0 done, 1 a line was bad, 2 wrong use.
    """
    from services.classifier.classifying import classify_line  # noqa: PLC0415

    assessor = _assessor(_load(pack), full_tier)
    bad = 0
    for line in sys.stdin.buffer:
        answer, is_good = classify_line(line, assessor)
        bad += not is_good
        _print(answer)
    _finish(bad)


@app.command()
def replay(pack: PackOption = None, full_tier: TierOption = None) -> None:
    """Fold a log into alerts exactly as the running service would, by the log's own time.

    Reads JSON lines {"type": "report" | "reading", "id", "received_at", …} with the fields of POST /v1/reports and
    /v1/readings from standard input, in any order, and prints one line for each alert. A bad line is said on standard
    error; the others count. A log of more than 300 reports is read by the fast tier, as a flood is.

    Example: hejnal classifier replay --pack przemysl < evening.jsonl

    Exit status: 0 done, 1 a line was bad, 2 wrong use.
    """
    from pydantic import ValidationError  # noqa: PLC0415

    from services.classifier.replay import ReplayLine, replay_line  # noqa: PLC0415
    from services.classifier.replay import replay as fold_log  # noqa: PLC0415

    loaded = _load(pack)
    lines: list[ReplayLine] = []
    bad = 0
    for number, line in enumerate(sys.stdin.buffer, start=1):
        try:
            lines.append(replay_line.validate_json(line))
        except ValidationError as error:
            bad += 1
            first = error.errors(include_url=False, include_input=False)[0]
            typer.echo(f"line {number}: {'/'.join(map(str, first['loc']))}: {first['msg']}", err=True)
    few = sum(line.type == "report" for line in lines) <= REPLAYED_IN_FULL
    assessor = _assessor(loaded, full_tier if few or full_tier else "off")
    for alert in fold_log(loaded, lines, assessor):
        _print(alert.model_dump_json())
    _finish(bad)


@app.command("check-data")
def check_data(
    data: Annotated[
        Path | None, typer.Argument(help="A folder of reports-*.jsonl; the project's own otherwise.")
    ] = None,
) -> None:
    """Check the labelled reports: balance, near-duplicates, leaks between the sides of the split, personal data.

    Example: hejnal classifier check-data

    Exit status: 0 nothing found, 1 something has to be mended, 2 wrong use.
    """
    from services.classifier.learning.checking import check  # noqa: PLC0415

    found = check(data)
    for line in found.lines:
        _print(line)
    for problem in found.problems:
        typer.echo(problem, err=True)
    if found.problems:
        raise typer.Exit(1)


@app.command()
def train(  # noqa: PLR0917 — typer reads them by name
    out: Annotated[Path, typer.Argument(help="The challenger's folder.")] = Path(".local/challenger"),
    examples: Annotated[
        list[Path] | None, typer.Option(help="Operators' examples (hejnal console examples export).")
    ] = None,
    held_out: Annotated[
        str | None, typer.Option(help="Calibrate on this voice's reports and train on the others'.")
    ] = None,
    seed: Annotated[int, typer.Option()] = 0,
    pack: PackOption = None,
    fast_only: Annotated[bool, typer.Option("--fast-only", help="Leave the full tier away.")] = False,
) -> None:
    """Train a challenger from the labelled reports. The same data and seed give the same model.

    Example: hejnal classifier train .local/challenger && hejnal classifier promote .local/challenger

    Exit status: 0 done, 1 failed, 2 wrong use.
    """
    from services.classifier.learning.story import train_challenger  # noqa: PLC0415
    from shared.errors import HejnalError  # noqa: PLC0415

    try:
        manifest = train_challenger(
            _load(pack),
            out,
            datetime.now(UTC),
            examples=examples or [],
            held_out=held_out,
            seed=seed,
            with_full=not fast_only,
            say=lambda line: typer.echo(line, err=True),
        )
    except HejnalError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    _print(manifest.model_dump_json())


@app.command()
def evaluate(  # noqa: PLR0917 — typer reads them by name
    model: Annotated[Path | None, typer.Option(help="A model's folder; the champion otherwise.")] = None,
    data: Annotated[
        list[Path] | None, typer.Option(help="Files of labelled reports; the development split otherwise.")
    ] = None,
    full_tier: TierOption = None,
    report: Annotated[
        Path | None, typer.Option(help="Write the report (Markdown) and its plot (SVG) to this folder.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Figures as JSON.")] = False,
    pack: PackOption = None,
) -> None:
    """How well are labelled reports read: macro-F1 and kappa by language with intervals, confusion, calibration, worst mistakes.

    Example: hejnal classifier evaluate --report docs/evaluation

    Exit status: 0 done, 1 failed, 2 wrong use.
    """
    from services.classifier.learning.story import evaluate_model  # noqa: PLC0415

    told = evaluate_model(_assessor(_load(pack), full_tier, model), data, as_json=as_json, report=report, model=model)
    _print(told)


@app.command()
def promote(
    challenger: Annotated[Path, typer.Argument(help="The challenger's folder.")] = Path(".local/challenger"),
    pack: PackOption = None,
) -> None:
    """Make a challenger the champion, if it is worse in no guarded figure on the development split.

    Example: hejnal classifier promote .local/challenger

    Exit status: 0 promoted, 1 refused, 2 wrong use.
    """
    from services.classifier.learning.story import promote_challenger  # noqa: PLC0415

    loaded = _load(pack)
    worse = promote_challenger(loaded, challenger)
    for line in worse:
        typer.echo(line, err=True)
    if worse:
        typer.echo("refused: the champion stays", err=True)
        raise typer.Exit(1)
    _print("promoted")


def _assessor(pack: "CityPack", full_tier: str | None, folder: Path | None = None) -> "ModelAssessor":
    from services.classifier.assess.starting import FullTierMode, FullTierSettings, start_assessor  # noqa: PLC0415
    from shared.errors import Permanent  # noqa: PLC0415

    wanted = full_tier or os.environ.get("HEJNAL_CLASSIFIER_FULL_TIER") or FullTierMode.AUTO
    try:
        mode = FullTierMode(wanted)
    except ValueError as error:
        raise typer.BadParameter("it is auto, on or off", param_hint="--full-tier") from error
    try:
        started = start_assessor(pack, FullTierSettings(mode), folder)
    except Permanent as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    if mode is FullTierMode.ON and started.why_fast is not None:
        typer.echo(f"no full tier: {started.why_fast}", err=True)
        raise typer.Exit(1)
    return started.assessor


def _load(pack: str | None) -> "CityPack":
    return load_folder(pack_folder(pack))


def _print(line: str) -> None:
    # Always UTF-8, and at once: whoever feeds line by line waits for each answer.
    sys.stdout.buffer.write(line.encode() + b"\n")
    sys.stdout.buffer.flush()


def _finish(bad: int) -> None:
    if bad:
        typer.echo(f"{bad} bad line{'s' if bad > 1 else ''}", err=True)
        raise typer.Exit(1)
