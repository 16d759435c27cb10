"""Every setting of the classifier: HEJNAL_CLASSIFIER_<NAME> in the environment."""

from datetime import timedelta
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.classifier.assess.starting import FullTierMode, FullTierSettings
from services.classifier.correlate.core.limits import SnapshotLimits
from shared.settings import ServiceSettings

__all__ = ["ClassifierSettings"]


class ClassifierSettings(ServiceSettings):
    """Shared settings, and the classifier's own."""

    model_config = SettingsConfigDict(env_prefix="HEJNAL_CLASSIFIER_")

    port: Annotated[int, Field(ge=0, le=65535)] = 8002

    assess_batch_records: Annotated[int, Field(gt=0, le=10_000)] = 500
    """Reports taken at once."""
    fold_batch_records: Annotated[int, Field(gt=0, le=10_000)] = 1_000
    """Readings or signals taken at once, over all partitions: transactions live on large batches when behind."""
    tick_interval_s: Annotated[float, Field(gt=0, le=3600)] = 1.0
    """How often what time alone makes true (silence, escalation, closing) is looked for, in seconds."""
    tick_behind_s: Annotated[float, Field(ge=0, le=3600)] = 2.0
    """How long a record may be on its way from being stamped to being readable: ticks stay so far behind, in seconds."""
    session_timeout_ms: Annotated[int, Field(ge=1_000, le=300_000)] = 10_000
    """After how long without a heartbeat another process takes over this one's partitions, in milliseconds."""
    closed_kept_h: Annotated[float, Field(gt=0, le=24 * 31)] = 24.0
    """How long a closed alert can be reopened and still knows its redeliveries, in hours."""
    classify_text_characters: Annotated[int, Field(gt=0, le=100_000)] = 4_000
    """The longest text that POST /v1/classify takes."""

    full_tier: FullTierMode = FullTierMode.AUTO
    """Whether a sentence model reads beside the phrases and words: auto (where it is installed and memory allows), on (must), off."""
    full_tier_queue_texts: Annotated[int, Field(gt=0, le=10_000)] = 64
    """Texts that may wait for the full tier; more are read by the fast tier alone."""
    full_tier_deadline_ms: Annotated[float, Field(gt=0, le=60_000)] = 1_000.0
    """How long a batch waits for the full tier, in milliseconds; what is not ready by then is read by the fast tier alone."""
    full_tier_idle_s: Annotated[float, Field(gt=0, le=86_400)] = 600.0
    """After how long without a report the full tier's memory is given back, in seconds."""

    @property
    def full_tier_settings(self) -> FullTierSettings:
        return FullTierSettings(
            mode=self.full_tier,
            queue_texts=self.full_tier_queue_texts,
            deadline_s=self.full_tier_deadline_ms / 1000,
            idle_s=self.full_tier_idle_s,
        )

    @property
    def snapshot_limits(self) -> SnapshotLimits:
        return SnapshotLimits(closed_kept=timedelta(hours=self.closed_kept_h))
