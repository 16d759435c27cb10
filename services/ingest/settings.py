"""Every setting of ingest: HEJNAL_INGEST_<NAME>, its unit in its name."""

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated

from pydantic import AnyHttpUrl, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.settings import ServiceSettings

__all__ = ["DatabaseSettings", "Settings"]

Positive = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0)]


def _listed(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class DatabaseSettings(BaseSettings):
    """All that the commands need."""

    model_config = SettingsConfigDict(env_prefix="HEJNAL_INGEST_", extra="ignore", frozen=True)

    database_url: str = "sqlite+aiosqlite:///.local/ingest.db"


class Settings(DatabaseSettings, ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="HEJNAL_INGEST_", extra="ignore", frozen=True, populate_by_name=True)

    port: Annotated[int, Field(ge=0, le=65535)] = 8001
    migrate_on_start: bool = True

    secret: Annotated[SecretStr, Field(min_length=32)]
    """At least 32 random characters. Clients' hashes, tracking codes and the encryption of contact data hang on it."""
    public_url: AnyHttpUrl | None = None
    """Where residents reach ingest from outside; without it `status_url` is a path."""
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_listed)] = ()
    """Networks (comma-separated) whose X-Forwarded-For is believed: the city's own reverse proxies, nobody else."""

    reports_per_client: Positive = 30
    reports_window_s: Positive = 600
    readings_per_key: Positive = 1_200_000
    readings_window_s: Positive = 60
    idempotency_keep_s: Seconds = 24 * 3600
    """How long an Idempotency-Key is remembered."""
    purge_interval_s: Seconds = 600
    """How often keys older than that are deleted."""

    readings_ahead_s: Seconds = 300
    """How far ahead of our clock a reading's time may be."""
    key_cache_s: Seconds = 5
    """A revoked gateway key is refused after this at the latest."""

    @property
    def idempotency_keep(self) -> timedelta:
        return timedelta(seconds=self.idempotency_keep_s)

    @property
    def readings_ahead(self) -> timedelta:
        return timedelta(seconds=self.readings_ahead_s)
