"""The command `hejnal`: gathers every service's commands, and runs the local stack.

A group's code is imported only when that group is called, so that `hejnal --help` does not wait for all of them.
"""

import importlib
import os
import sys
from collections.abc import Sequence

import typer

from hejnal.stack import environment
from hejnal.stack.commands import register
from hejnal.stack.home import Home

__all__ = ["main"]

GROUPS = {
    "ingest": ("services.ingest.commands", "Gateways' keys."),
    "classifier": ("services.classifier.commands", "Classify texts, replay a log, train and evaluate."),
    "notifier": ("services.notifier.commands", "Who is on duty, who has subscribed."),
    "console": ("services.console.commands", "Who may sign in."),
    "dead-letters": ("hejnal.dead_letters_commands", "Records that no service could handle: list, show, replay."),
    "topics": ("hejnal.topics_commands", "Create Kafka's topics, or check them against the registry."),
    "pack": ("hejnal.pack_commands", "Check a city's pack."),
}


def main() -> None:
    called = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), None)
    if called in GROUPS:
        os.environ.update(environment.for_commands(Home.find()))
    build(called)(prog_name="hejnal")


def build(called: str | None, groups: Sequence[str] = tuple(GROUPS)) -> typer.Typer:
    """The command line with the code of the `called` group in it; the others are there by name and help."""
    app = typer.Typer(
        name="hejnal",
        no_args_is_help=True,
        add_completion=False,
        help="The city's alarm: hears residents and sensors, decides how urgent it is, wakes the right people.",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    register(app)
    app.command("demo")(importlib.import_module("hejnal.demo.commands").demo if called == "demo" else _demo_by_name)
    for name in groups:
        module, summary = GROUPS[name]
        group = importlib.import_module(module).app if name == called else typer.Typer()
        app.add_typer(group, name=name, help=summary)
    return app


def _demo_by_name() -> None:
    """Start everything, play an evening in Przemyśl, say what happened; run on until Ctrl-C, then stop."""


if __name__ == "__main__":
    main()
