"""The evaluation report: Markdown with tables, and a plot of calibration as SVG."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from services.classifier.assess.core.levels import ASCENDING
from services.classifier.assess.core.scored import CATEGORIES
from services.classifier.assess.trained import Manifest
from services.classifier.learning.measuring import Interval, confusion
from services.classifier.learning.reports import Labelled
from shared.events import Assessment

__all__ = ["calibration_plot", "write_report"]

WORST: Final = 20
BINS: Final = 10
SIDE: Final = 320
MARGIN: Final = 40


def write_report(
    folder: Path,
    manifest: Manifest,
    *,
    reports: Sequence[Labelled],
    said: Sequence[Assessment],
    measured: Mapping[str, Mapping[str, Interval]],
    files: Sequence[str],
) -> None:
    """Writes evaluation.md and calibration.svg into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "calibration.svg").write_text(calibration_plot(reports, said), "utf-8")
    tiers = {tier: sum(each.tier == tier for each in said) for tier in ("full", "fast")}
    parts = [
        "# Evaluation of the classifier's model",
        (
            f"Model {manifest.version}, trained on {manifest.reports} reports, seed {manifest.seed}. "
            f"Measured on {len(reports)} reports: {', '.join(files) or 'the development split'}. "
            f"Read by the full tier {tiers['full']}, by the fast tier {tiers['fast']}."
        ),
        "Intervals are 95 % by bootstrap over whole scenarios.",
        _figure_table(measured),
        "## Urgency: true in rows, read in columns",
        _table([level.value for level in ASCENDING], _levels(reports, said)),
        "## Categories: true in rows, read in columns",
        _table([category.value for category in CATEGORIES], _categories(reports, said)),
        "## Calibration of the stated urgency",
        "![Stated probability and how often it was right](calibration.svg)",
        "## The worst mistakes",
        _worst(reports, said),
    ]
    (folder / "evaluation.md").write_text("\n\n".join(parts) + "\n", "utf-8")


def calibration_plot(reports: Sequence[Labelled], said: Sequence[Assessment]) -> str:
    """Ten equal shares of the reports by stated probability; on the diagonal a probability says what happens."""
    stated = np.array([each.probability for each in said])
    right = np.array([each.urgency == report.urgency for each, report in zip(said, reports, strict=True)])
    size = SIDE - 2 * MARGIN
    dots = []
    for part in np.array_split(np.argsort(stated, kind="stable"), BINS):
        if len(part):
            x = MARGIN + stated[part].mean() * size
            y = SIDE - MARGIN - right[part].mean() * size
            dots.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5"><title>{len(part)} reports</title></circle>')
    frame = f'x="{MARGIN}" y="{MARGIN}" width="{size}" height="{size}"'
    return "\n".join(
        [
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}" role="img" '
                'aria-label="Calibration" font-family="sans-serif" font-size="11" fill="#14507a">'
            ),
            f'<rect {frame} fill="none" stroke="#888"/>',
            f'<path d="M{MARGIN} {SIDE - MARGIN} L{SIDE - MARGIN} {MARGIN}" stroke="#888" stroke-dasharray="4"/>',
            *dots,
            f'<text x="{SIDE / 2}" y="{SIDE - 10}" text-anchor="middle">stated probability, 0 to 1</text>',
            f'<text x="14" y="{SIDE / 2}" text-anchor="middle" transform="rotate(-90 14 {SIDE / 2})">right, 0 to 1</text>',
            "</svg>\n",
        ]
    )


def _figure_table(measured: Mapping[str, Mapping[str, Interval]]) -> str:
    names = list(measured)
    rows = ["| figure | " + " | ".join(names) + " |", "| --- |" + " --- |" * len(names)]
    for figure in measured[names[0]]:
        cells = [
            f"{each.value:.3f} ({each.low:.3f}–{each.high:.3f})" for each in (measured[name][figure] for name in names)
        ]
        rows.append(f"| {figure.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _levels(
    reports: Sequence[Labelled], said: Sequence[Assessment]
) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    true = np.array([report.urgency.level for report in reports])
    return confusion(true, np.array([each.urgency.level for each in said]), len(ASCENDING))


def _categories(
    reports: Sequence[Labelled], said: Sequence[Assessment]
) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    true = np.array([CATEGORIES.index(report.category) for report in reports])
    return confusion(true, np.array([CATEGORIES.index(each.category) for each in said]), len(CATEGORIES))


def _table(names: Sequence[str], counts: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]") -> str:
    rows = ["| | " + " | ".join(names) + " |", "| --- |" + " ---: |" * len(names)]
    rows += [
        f"| {name} | " + " | ".join(map(str, line)) + " |" for name, line in zip(names, counts.tolist(), strict=True)
    ]
    return "\n".join(rows)


def _worst(reports: Sequence[Labelled], said: Sequence[Assessment]) -> str:
    """By ids, not texts: the report may be read by people who should not see the reports."""
    far = sorted(
        (-abs(each.urgency.level - report.urgency.level), -each.probability, report.id, at)
        for at, (report, each) in enumerate(zip(reports, said, strict=True))
    )[:WORST]
    rows = ["| report | is | read as | probability | why it is labelled so |", "| --- | --- | --- | --- | --- |"]
    for *_, at in far:
        report, each = reports[at], said[at]
        rows.append(
            f"| {report.id} | {report.category} {report.urgency} | {each.category} {each.urgency} "
            f"| {each.probability:.2f} | {report.why} |"
        )
    return "\n".join(rows)
