"""`hejnal classifier …`: classify texts and replay a log, without Kafka. Imports wait until a command runs, so that help is quick."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from services.classifier.backtest_command import backtest
from services.classifier.named_pack import load_folder, pack_folder

if TYPE_CHECKING:
    from shared.pack import CityPack

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Classify texts and replay a log of reports and readings, without Kafka.")
app.command()(backtest)


PackOption = Annotated[
    str | None,
    typer.Option(help="A city's name (przemysl) or its pack's folder; HEJNAL_PACK_DIR otherwise, else przemysl."),
]


@app.command()
def classify(pack: PackOption = None) -> None:
    """What is each text about, how urgent, and why: JSON lines in, JSON lines out, in the same order.

    Reads {"id", "text", "language"?} from standard input. A bad line is answered by {"id", "error"} in its place.

    Example: echo '{"id": "1", "text": "Pali się dom, w środku są ludzie"}' | hejnal classifier classify

    Exit status: 0 done, 1 a line was bad, 2 wrong use.
    """
    from services.classifier.assess.core.phrase_assessor import PhraseAssessor  # noqa: PLC0415
    from services.classifier.classifying import classify_line  # noqa: PLC0415

    assessor = PhraseAssessor(_load(pack))
    bad = 0
    for line in sys.stdin.buffer:
        answer, is_good = classify_line(line, assessor)
        bad += not is_good
        _print(answer)
    _finish(bad)


@app.command()
def replay(pack: PackOption = None) -> None:
    """Fold a log into alerts exactly as the running service would, by the log's own time.

    Reads JSON lines {"type": "report" | "reading", "id", "received_at", …} with the fields of POST /v1/reports and
    /v1/readings from standard input, in any order, and prints one line for each alert. A bad line is said on standard
    error; the others count.

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
    for alert in fold_log(loaded, lines):
        _print(alert.model_dump_json())
    _finish(bad)


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
