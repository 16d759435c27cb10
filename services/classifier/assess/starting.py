"""Puts the assessor together: the trained models, and the full tier where it is wanted and can be had."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from services.classifier.assess.model_assessor import ModelAssessor
from services.classifier.assess.sentence.full_tier import FullTier, SentenceScorer
from services.classifier.assess.trained import Trained, load_trained
from shared.errors import Permanent
from shared.pack import CityPack

__all__ = ["FullTierMode", "FullTierSettings", "Started", "start_assessor"]

MEMORY_NEEDED_MB: Final = 220
"""What loading the full tier takes at its height."""
_MEMINFO: Final = Path("/proc/meminfo")


class FullTierMode(StrEnum):
    AUTO = "auto"
    """Where its base is installed and there is memory for it."""
    ON = "on"
    """As auto, but missing it makes the service unready."""
    OFF = "off"


@dataclass(frozen=True, slots=True)
class FullTierSettings:
    mode: FullTierMode = FullTierMode.AUTO
    queue_texts: int = 64
    deadline_s: float = 1.0
    idle_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Started:
    """`why_fast` says why the fast tier reads alone; None while the full tier is there."""

    assessor: ModelAssessor
    full: FullTier | None
    why_fast: str | None


def start_assessor(pack: CityPack, settings: FullTierSettings, folder: Path | None = None) -> Started:
    """Raises Permanent when there is no usable fast model."""
    trained = load_trained(folder)
    try:
        load = _loader(trained, settings.mode)
    except Permanent as error:
        return Started(ModelAssessor(pack, trained), None, str(error))
    full = FullTier(load, queue_texts=settings.queue_texts, deadline_s=settings.deadline_s, idle_s=settings.idle_s)
    return Started(ModelAssessor(pack, trained, full), full, None)


def _loader(trained: Trained, mode: FullTierMode) -> Callable[[], SentenceScorer]:
    """Raises Permanent with the reason why there is no full tier."""
    if mode is FullTierMode.OFF:
        raise Permanent("full_tier_off", "switched off by a setting")
    if trained.manifest.full is None:
        raise Permanent("no_full_model", "the model has no full tier")
    from services.classifier.assess.sentence.base_weights import find_base  # noqa: PLC0415

    base = find_base()
    free_mb = _free_memory_mb()
    if free_mb is not None and free_mb < MEMORY_NEEDED_MB:
        raise Permanent("too_little_memory", f"{free_mb} MB are free, the full tier needs {MEMORY_NEEDED_MB}")

    def load() -> SentenceScorer:
        from services.classifier.assess.sentence.loading import load_encoder  # noqa: PLC0415

        return load_encoder(base, trained.sentence_arrays())

    return load


def _free_memory_mb() -> int | None:
    """None where the system does not say."""
    try:
        lines = _MEMINFO.read_text("ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    return None
