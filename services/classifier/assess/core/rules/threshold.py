"""Threshold: levels of the value itself."""

from services.classifier.assess.core.rules.levels import judge_levels
from services.classifier.assess.core.rules.verdict import Measurement, Verdict
from services.classifier.assess.core.sensor_memory import RuleMemory
from shared.pack import ThresholdRule

__all__ = ["judge_threshold"]


def judge_threshold(rule: ThresholdRule, memory: RuleMemory, measured: Measurement) -> Verdict:
    return judge_levels(rule, memory, measured.value, measured.at_s)
