"""Train, evaluate, promote: what the commands do, one after the other."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from math import isnan
from pathlib import Path
from typing import Final

from services.classifier.assess.core.assessor import Assessor, ReportText
from services.classifier.assess.starting import FullTierMode, FullTierSettings, start_assessor
from services.classifier.assess.trained import MANIFEST, MODELS, Manifest, load_trained
from services.classifier.learning.measuring import GUARDED, figures, intervals
from services.classifier.learning.reports import Labelled, author_of, read_reports, split_of, training_files
from services.classifier.learning.telling import write_report
from services.classifier.learning.training import Recipe, train, write_manifest
from shared.errors import Invalid
from shared.events import Assessment
from shared.pack import CityPack

__all__ = ["evaluate_model", "promote_challenger", "read_all", "train_challenger", "worse_figures"]

TOLERANCE: Final = 0.005
"""A guarded figure may fall by so much: a handful of reports of the development split."""
BATCH: Final = 64


def train_challenger(
    pack: CityPack,
    out: Path,
    now: datetime,
    *,
    examples: Sequence[Path],
    held_out: str | None,
    seed: int,
    with_full: bool,
    say: Callable[[str], None],
) -> Manifest:
    """Calibrated on the development split, or on one voice that it never saw. Raises Invalid and Permanent."""
    reports = read_reports(training_files(examples=examples))
    hold = [each for each in reports if _is_held(each, held_out)]
    learn = [each for each in reports if not _is_held(each, held_out)]
    if not hold or not learn:
        raise Invalid("nothing_to_hold_out", f"no reports of the voice {held_out!r}" if held_out else "too few reports")
    manifest = train(learn, hold, pack, out, now=now, recipe=Recipe(seed=seed, with_full=with_full), say=say)
    say("figures on what it was not trained on")
    assessor = start_assessor(pack, FullTierSettings(), out).assessor
    manifest = manifest.model_copy(update={"figures": _rounded(figures(hold, read_all(assessor, hold)))})
    write_manifest(out, manifest)
    return manifest


def _is_held(report: Labelled, voice: str | None) -> bool:
    return split_of(report) == "development" if voice is None else author_of(report) == voice


def development() -> list[Labelled]:
    return [each for each in read_reports(training_files()) if split_of(each) == "development"]


def read_all(assessor: Assessor, reports: Sequence[Labelled]) -> list[Assessment]:
    said: list[Assessment] = []
    for at in range(0, len(reports), BATCH):
        said += assessor.assess_many([ReportText(each.text) for each in reports[at : at + BATCH]])
    return said


def evaluate_model(
    assessor: Assessor, data: Sequence[Path] | None, *, as_json: bool, report: Path | None, model: Path | None
) -> str:
    """What to print; the report with its plot goes to the folder."""
    reports = read_reports(data) if data else development()
    said = read_all(assessor, reports)
    parts = {"all": list(range(len(reports)))}
    for language in dict.fromkeys(each.language for each in reports):
        parts[language] = [at for at, each in enumerate(reports) if each.language == language]
    measured = {
        name: intervals([reports[at] for at in rows], [said[at] for at in rows]) for name, rows in parts.items()
    }
    if report is not None:
        manifest = load_trained(model).manifest
        names = [path.name for path in data or []]
        write_report(report, manifest, reports=reports, said=said, measured=measured, files=names)
    if as_json:
        return json.dumps(
            {name: {key: asdict(each) for key, each in found.items()} for name, found in measured.items()}
        )
    lines = []
    for name, found in measured.items():
        lines.append(f"{name}: {len(parts[name])} reports")
        lines += [f"  {key:32} {each.value:.3f}  [{each.low:.3f}, {each.high:.3f}]" for key, each in found.items()]
    return "\n".join(lines)


def promote_challenger(pack: CityPack, challenger: Path, champion: Path = MODELS) -> list[str]:
    """What the challenger is worse in; nothing when it has become the champion."""
    new = load_trained(challenger).manifest
    if (champion / MANIFEST).is_file():
        reports = development()
        both = [
            figures(reports, read_all(start_assessor(pack, FullTierSettings(mode), folder).assessor, reports))
            for folder in (champion, challenger)
            for mode in (FullTierMode.AUTO, FullTierMode.OFF)
        ]
        worse = [f"full tier: {line}" for line in worse_figures(both[0], both[2])]
        worse += [f"fast tier: {line}" for line in worse_figures(both[1], both[3])]
        if worse:
            return worse
    champion.mkdir(parents=True, exist_ok=True)
    for name in new.files:
        shutil.copyfile(challenger / name, champion / name)
    shutil.copyfile(challenger / MANIFEST, champion / MANIFEST)
    return []


def worse_figures(champion: dict[str, float], challenger: dict[str, float]) -> list[str]:
    """Each guarded figure in which the challenger is worse, in words."""
    found = []
    for name, direction in GUARDED.items():
        old, new = champion[name], challenger[name]
        if isnan(old) or isnan(new) or direction * (new - old) >= -TOLERANCE:
            continue
        found.append(f"{name} {new:.3f}, the champion has {old:.3f}")
    return found


def _rounded(measured: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in measured.items() if not isnan(value)}
