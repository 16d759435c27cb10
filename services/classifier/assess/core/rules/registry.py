"""Every kind of sensor rule by the `type` it has in the pack: a new kind is a new file and a line here."""

from collections.abc import Mapping
from typing import Final

from services.classifier.assess.core.rules.baseline import judge_baseline
from services.classifier.assess.core.rules.delta import judge_delta
from services.classifier.assess.core.rules.range import judge_range
from services.classifier.assess.core.rules.rate import judge_rate
from services.classifier.assess.core.rules.silence import judge_silence
from services.classifier.assess.core.rules.stuck import judge_stuck
from services.classifier.assess.core.rules.threshold import judge_threshold
from services.classifier.assess.core.rules.verdict import SensorRuleKind

__all__ = ["RULE_KINDS"]

RULE_KINDS: Final[Mapping[str, SensorRuleKind]] = {
    "silence": judge_silence,
    "range": judge_range,
    "stuck": judge_stuck,
    "threshold": judge_threshold,
    "rate": judge_rate,
    "delta": judge_delta,
    "baseline": judge_baseline,
}
"""Rules of a sensor are asked in this order: a fault stops those after it, and a broken device is not silent."""
