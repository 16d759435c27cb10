"""Silence: judged by time passing, never by a reading; the next reading ends it."""

from services.classifier.assess.core.rules.verdict import QUIET, Measurement, Raised, RuleReason, Verdict
from services.classifier.assess.core.sensor_memory import RuleMemory
from shared.events import SensorState
from shared.pack import SilenceRule

__all__ = ["fall_silent", "judge_silence"]

_CLEARED = Verdict(RuleReason.CLEARED, cleared=True)


def judge_silence(rule: SilenceRule, memory: RuleMemory, measured: Measurement) -> Verdict:  # noqa: ARG001 — that it speaks is enough
    return _CLEARED if memory.pop("level", None) is not None else QUIET


def fall_silent(rule: SilenceRule, memory: RuleMemory) -> Verdict:
    """Remembers the `level`, so that it is told once."""
    if memory.get("level") == rule.level.value:
        return Verdict(RuleReason.HELD, SensorState.SILENT)
    memory["level"] = rule.level.value
    return Verdict(RuleReason.SILENT, SensorState.SILENT, Raised(rule.level.value, rule.category, rule.urgency))
