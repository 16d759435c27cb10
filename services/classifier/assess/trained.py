"""The trained models: arrays (npz, no pickles) beside a manifest that says what they are and where they come from."""

import hashlib
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from services.classifier.assess.core.concepts import Concepts
from services.classifier.assess.core.deciding import Tier
from services.classifier.assess.core.fast_model import ROWS, FastModel
from services.classifier.assess.core.levels import Levels
from services.classifier.assess.core.scored import CATEGORIES, OUTPUTS, Floats
from shared.errors import Permanent
from shared.events import Category, Record

__all__ = [
    "CONCEPTS",
    "MANIFEST",
    "MODELS",
    "Calibration",
    "Manifest",
    "Trained",
    "load_trained",
    "read_concepts",
    "sha256_of",
]

MODELS: Final = Path(__file__).parents[1] / "models"
"""The champion's folder."""
MANIFEST: Final = "manifest.json"
CONCEPTS: Final = "concepts.txt"


class Calibration(Record):
    """A tier's levels (see core/levels.py) and the warmth of its categories, fitted on reports it was not trained on."""

    cuts: tuple[float, float, float, float]
    slopes: tuple[float, float, float, float]
    middles: tuple[float, float, float, float]
    stated: tuple[float, ...]
    seen: tuple[float, ...]
    edge: float
    warmth: float

    def tier(self, name: Literal["fast", "full"], version: str) -> Tier:
        levels = Levels(self.cuts, self.slopes, self.middles, self.stated, self.seen, self.edge)
        return Tier(name, f"{name}-{version}", levels, self.warmth)


class Manifest(Record):
    """manifest.json."""

    version: str
    """Date and the first letters of the training data's hash."""
    trained_on: str
    """SHA-256 of the training reports' ids, texts and labels."""
    reports: int
    seed: int
    categories: tuple[Category, ...]
    files: dict[str, str]
    """SHA-256 of each file of arrays."""
    fast: Calibration
    full: Calibration | None = None
    mix: tuple[float, float] = (0.0, 0.0)
    """The fast tier's share in the full tier's categories and urgency."""
    second_opinion: float = 2.0
    """From which chance the fast tier counts as confident of at least a level (over 1: never)."""
    figures: dict[str, float] = Field(default_factory=dict)
    """What it reached on the development split."""


class Trained:
    """A folder's models, loaded. Raises Permanent when the folder is not whole."""

    def __init__(self, folder: Path) -> None:
        try:
            self.manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
        except (OSError, ValueError) as error:
            raise Permanent("no_model", f"no usable manifest in {folder}: {error}") from error
        if self.manifest.categories != CATEGORIES:
            raise Permanent("no_model", f"the model in {folder} knows other categories")
        self._folder = folder
        arrays = self._arrays("fast.npz")
        weights = np.zeros((ROWS, OUTPUTS), dtype=np.float16)
        weights[arrays["rows"]] = arrays["weights"]
        self.fast = FastModel(weights, arrays["start"].astype(np.float32), self._concepts())
        self.known_words = frozenset(arrays["words"].tolist())
        """Hashes of every word that the training reports hold."""

    def sentence_arrays(self) -> dict[str, Floats]:
        """The full tier's tuned layers and read-out."""
        return {name: array.astype(np.float32) for name, array in _widened(self._arrays("full.npz")).items()}

    def _concepts(self) -> Concepts:
        return read_concepts(self._whole(CONCEPTS))

    def _whole(self, name: str) -> Path:
        path = self._folder / name
        if self.manifest.files.get(name) != sha256_of(path):
            raise Permanent("no_model", f"{path} is not the file that its manifest names")
        return path

    def _arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        with np.load(self._whole(name), allow_pickle=False) as arrays:
            return dict(arrays)


def load_trained(folder: Path | None = None) -> Trained:
    return Trained(folder or MODELS)


def read_concepts(path: Path) -> Concepts:
    return Concepts(path.read_text("utf-8").splitlines())


def sha256_of(path: Path) -> str:
    """Raises Permanent when it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise Permanent("no_model", f"{path} cannot be read: {error}") from error


def _widened(arrays: dict[str, NDArray[np.generic]]) -> dict[str, NDArray[np.generic]]:
    """Matrices kept as whole numbers of 8 bits, each column with a scale (`….scale`), as floats again."""
    scales = {name.removesuffix(".scale"): array for name, array in arrays.items() if name.endswith(".scale")}
    return {
        name: array.astype(np.float32) * scales[name].astype(np.float32) if name in scales else array
        for name, array in arrays.items()
        if not name.endswith(".scale")
    }
