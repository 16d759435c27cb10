"""Every kind of sensor rule by the `type` it has in the pack: a new kind is a new file and a line here."""

from collections.abc import Mapping
from typing import Final

from services.classifier.assess.core.rules.range import judge_range
from services.classifier.assess.core.rules.threshold import judge_threshold
from services.classifier.assess.core.rules.verdict import SensorRuleKind

__all__ = ["RULE_KINDS"]

RULE_KINDS: Final[Mapping[str, SensorRuleKind]] = {
    "range": judge_range,
    "threshold": judge_threshold,
}
"""Rules of a sensor are asked in this order: a fault stops those after it."""
