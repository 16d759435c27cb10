"""Labelled reports: read from JSON lines, split by whole scenario, hashed so that a model can say what it was trained on."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, ValidationError

from shared.errors import Invalid
from shared.events import Category, Record, Urgency

__all__ = ["DATA", "Labelled", "author_of", "fingerprint", "read_reports", "split_of", "training_files"]

DATA: Final = Path(__file__).parents[1] / "data"
DEVELOPMENT_FIFTH: Final = 0
_TEST: Final = ("reports-t", "reports-u")
"""Two further voices, kept for one look at the very end."""

Split = Literal["train", "development"]


class Labelled(Record):
    """One report, as services/classifier/data/GUIDE.md has it written and labelled."""

    id: Annotated[str, Field(min_length=1)]
    scenario: Annotated[str, Field(min_length=1)]
    language: Literal["pl", "uk", "en", "mixed"]
    text: Annotated[str, Field(min_length=1, max_length=4_000)]
    urgency: Urgency
    categories: Annotated[tuple[Category, ...], Field(min_length=1)]
    why: str = ""
    voice: str = ""
    traits: tuple[str, ...] = ()

    @property
    def category(self) -> Category:
        return self.categories[0]


def training_files(folder: Path = DATA, examples: Iterable[Path] = ()) -> list[Path]:
    """Every voice's reports and the operators' examples; never the test split."""
    own = sorted(path for path in folder.glob("reports-*.jsonl") if not path.name.startswith(_TEST))
    return [*own, *examples]


def read_reports(paths: Sequence[Path]) -> list[Labelled]:
    """In the order of the files. Raises Invalid with file and line."""
    reports: list[Labelled] = []
    for path in paths:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if not line.strip():
                continue
            try:
                reports.append(Labelled.model_validate_json(line))
            except ValidationError as error:
                first = error.errors(include_url=False, include_input=False)[0]
                where = "/".join(map(str, first["loc"]))
                raise Invalid("bad_report", f"{path.name}:{number}: {where}: {first['msg']}") from error
    return reports


def split_of(report: Labelled) -> Split:
    """A fifth of all scenarios is for development, by the scenario's hash: a report's kin are always on its side."""
    return "development" if _hash(report.scenario)[0] % 5 == DEVELOPMENT_FIFTH else "train"


def author_of(report: Labelled) -> str:
    """The voice that wrote it: what stands before the first dash of its id."""
    return report.id.split("-", 1)[0]


def fingerprint(reports: Iterable[Labelled]) -> str:
    """SHA-256 over ids, texts and labels, in the order of ids."""
    lines = sorted(f"{each.id}\t{each.text}\t{each.urgency}\t{' '.join(each.categories)}" for each in reports)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
