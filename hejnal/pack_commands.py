"""The command `hejnal pack`: is a city's pack right, and what does it hold?"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from shared.pack import CityPack, PackError, Problem, load_pack
from shared.pack.pack import FILES, LANGUAGE_MODELS, MODELS

app = typer.Typer(no_args_is_help=True, help="Check a city's pack.")

Directory = Annotated[
    Path, typer.Argument(exists=True, file_okay=False, help="The pack's folder, such as cities/przemysl.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with one JSON object.")]


@app.callback()
def group() -> None:
    """Check a city's pack, or show how its files are built."""


@app.command()
def check(directory: Directory, *, as_json: AsJson = False) -> None:
    """Name every problem of a pack with its file, line and reason, or say what the pack holds.

    Exit codes: 0 the pack is right, 1 it has problems, 2 wrong use.

    Example: hejnal pack check cities/przemysl
    """
    try:
        pack = load_pack(directory)
    except PackError as error:
        _print_problems(error.problems, as_json=as_json)
        raise typer.Exit(1) from error
    summary = _summary(pack)
    if as_json:
        typer.echo(json.dumps({"ok": True, "problems": [], **summary}, ensure_ascii=False))
    else:
        for name, value in summary.items():
            shown = ", ".join(f"{key} {count}" for key, count in value.items()) if isinstance(value, dict) else value
            typer.echo(f"{name.replace('_', ' '):<12} {shown}")


@app.command()
def schema(part: Annotated[str, typer.Argument(help=f"One of: {', '.join([*FILES, *LANGUAGE_MODELS])}.")]) -> None:
    """Print the JSON Schema of one kind of file, for editors.

    Example: hejnal pack schema sensors > sensors.schema.json
    """
    models = MODELS | LANGUAGE_MODELS
    if part not in models:
        raise typer.BadParameter(f"`{part}` is no part of a pack; use one of {', '.join(models)}", param_hint="PART")
    typer.echo(json.dumps(models[part].model_json_schema(), ensure_ascii=False, indent=2))


def _print_problems(problems: tuple[Problem, ...], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"ok": False, "problems": [asdict(problem) for problem in problems]}, ensure_ascii=False))
        return
    for problem in problems:
        typer.echo(str(problem), err=True)
    typer.echo(f"{len(problems)} problem{'s' if len(problems) != 1 else ''}", err=True)


def _summary(pack: CityPack) -> dict[str, str | int | dict[str, int]]:
    return {
        "city": pack.city.id,
        "languages": " ".join(pack.city.languages),
        "districts": len(pack.city.districts),
        "places": len(pack.gazetteer.places),
        "sensors": len(pack.sensors),
        "rules": sum(len(sensor.rules) for sensor in pack.sensors),
        "phrases": {str(language): len(book.rules) for language, book in pack.phrases.items()},
        "modifiers": {str(language): len(book.modifiers) for language, book in pack.phrases.items()},
        "teams": len(pack.routing.teams),
        "routes": len(pack.routing.routes),
        "templates": {
            str(language): sum(len(purposes) for purposes in texts.templates.values())
            for language, texts in pack.texts.items()
        },
    }
