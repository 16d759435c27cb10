"""Every setting of the console: HEJNAL_CONSOLE_<NAME>, its unit in its name."""

from pathlib import Path
from typing import Annotated

from limits import RateLimitItem, parse_many
from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.settings import ServiceSettings

__all__ = ["DatabaseSettings", "Settings"]

Positive = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0)]


def _parseable(limits: str) -> str:
    parse_many(limits)
    return limits


RateLimits = Annotated[str, AfterValidator(_parseable)]
"""One or more limits joined by `;`, such as `10/minute;100/hour`."""


class DatabaseSettings(BaseSettings):
    """All that the commands for people and the audit need."""

    model_config = SettingsConfigDict(env_prefix="HEJNAL_CONSOLE_", extra="ignore", frozen=True)

    database_url: str = "sqlite+aiosqlite:///.local/console.db"


class Settings(DatabaseSettings, ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="HEJNAL_CONSOLE_", extra="ignore", frozen=True, populate_by_name=True)

    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    migrate_on_start: bool = True
    web_dir: Path = Path("web/dist/console")
    """Where the built page is."""

    behind_tls: bool = False
    """Set it wherever people reach the console by https: the session's cookie is then Secure and bound to the host."""
    session_hours: Annotated[float, Field(gt=0, le=24 * 30)] = 12
    """A person signs in again after so long."""
    sign_in_limits: RateLimits = "10/minute;100/hour"
    """Tries for one user name from one address."""
    sign_in_limits_address: RateLimits = "100/minute"
    """Tries from one address, whatever the user name."""
    password_checks_at_once: Positive = 2
    """Each takes about 64 MiB and a fifth of a second of one core."""

    heartbeat_s: Seconds = 10
    stream_queue: Positive = 1_000
    """Batches of changes that may wait for a slow client; past that it is dropped, and resumes where it was."""
    stream_send_timeout_s: Seconds = 20
    """A client that takes nothing for so long is dropped."""
    stream_resume_most: Positive = 10_000
    """Changed alerts sent again on resume; who has missed more is told to load the list."""
    stream_recheck_s: Seconds = 30
    """A signed-out or disabled person's stream ends after this at the latest."""

    readings_keep_hours: Seconds = 48
    reports_keep_days: Seconds = 400
    """Whole texts of reports; an alert keeps its own short ones."""
    prune_interval_s: Seconds = 600
    follow_records: Positive = 500
    """Records written in one transaction."""

    @property
    def per_user(self) -> list[RateLimitItem]:
        return parse_many(self.sign_in_limits)

    @property
    def per_address(self) -> list[RateLimitItem]:
        return parse_many(self.sign_in_limits_address)
