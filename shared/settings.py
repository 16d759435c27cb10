"""The settings that every service has; each adds its own under its own prefix.

Shared ones are named `HEJNAL_…` for all services alike, so that one environment file sets a whole city up.
"""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["ServiceSettings"]


class ServiceSettings(BaseSettings):
    """Subclass it with `model_config = SettingsConfigDict(env_prefix="HEJNAL_<SERVICE>_")`."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    kafka_bootstrap_servers: str = Field("127.0.0.1:19092", validation_alias="HEJNAL_KAFKA_BOOTSTRAP_SERVERS")
    city: str = Field("przemysl", validation_alias="HEJNAL_CITY")
    pack_dir: Path = Field(Path("cities/przemysl"), validation_alias="HEJNAL_PACK_DIR")
    log_level: str = Field("INFO", validation_alias="HEJNAL_LOG_LEVEL")
    otlp_endpoint: str | None = Field(None, validation_alias="HEJNAL_OTLP_ENDPOINT")
    """Where traces go (OTLP over HTTP); without it trace ids travel on, and nothing is exported."""

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)]
    metrics_host: str | None = None
    """Binds /metrics to an address of its own; with it the main address answers 404 there."""
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 0
    produce_timeout_s: Annotated[float, Field(gt=0)] = 5.0
    """How long a record may take to be acknowledged by the broker before the caller is told to come again."""
    lag_interval_s: Annotated[float, Field(gt=0)] = 5.0
    max_body_bytes: Annotated[int, Field(gt=0)] = 1_048_576
