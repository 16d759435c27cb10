"""Every setting of the notifier: HEJNAL_NOTIFIER_<NAME> in the environment, its unit in its name."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.settings import ServiceSettings

__all__ = ["CommandSettings", "NotifierSettings", "PackSettings", "parts_of"]

Positive = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0)]


def _listed(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _without_slash(url: str) -> str:
    return url.rstrip("/")


def _one_of(*schemes: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        url = urlsplit(value.get_secret_value())
        if url.scheme not in schemes or not url.hostname or not url.port:
            raise ValueError(f"write it as {schemes[0]}://user:password@host:port (one of {', '.join(schemes)})")
        return value

    return AfterValidator(check)


SmppUrl = Annotated[SecretStr, _one_of("smpp", "smpps")]
"""`smpp://system_id:password@host:port`; `smpps` for TLS."""
SmtpUrl = Annotated[SecretStr, _one_of("smtp", "smtps", "smtp+plain")]
"""`smtp://[user:password@]host:port` demands STARTTLS; `smtps` is TLS from the start; `smtp+plain` is for a trusted wire only."""
Url = Annotated[str, AfterValidator(_without_slash)]


class CommandSettings(BaseSettings):
    """All that the commands need."""

    model_config = SettingsConfigDict(env_prefix="HEJNAL_NOTIFIER_", extra="ignore", frozen=True)

    database_url: str = "sqlite+aiosqlite:///.local/notifier.db"
    vapid_key_file: Path = Path(".local/vapid.pem")
    """The private key that app pushes are signed with. Without it the service makes one when it starts."""


class PackSettings(BaseSettings):
    """Where the city's pack is, under its shared name."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    pack_dir: Path = Field(Path("cities/przemysl"), validation_alias="HEJNAL_PACK_DIR")


class NotifierSettings(CommandSettings, ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="HEJNAL_NOTIFIER_", extra="ignore", frozen=True, populate_by_name=True)

    port: Annotated[int, Field(ge=0, le=65535)] = 8003
    migrate_on_start: bool = True
    secret: Annotated[SecretStr, Field(min_length=32)]
    """At least 32 random characters. The leave links and codes hang on it: a new one makes the old links useless."""

    base_url: Url = "http://127.0.0.1:8003"
    """Where this service is reached from outside, for leave links."""
    alert_url: str = "http://127.0.0.1:8000/alerts/{alert_id}"
    """The console's page of an alert, for people on duty."""
    public_url: Url = "http://127.0.0.1:8001"
    """The residents' page."""
    time_scale: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Shortens the waits between escalation steps, for demos and tests."""

    sms_a: SmppUrl | None = None
    sms_b: SmppUrl | None = None
    sms_sender: Annotated[str, Field(min_length=1, max_length=20)] = "Hejnal"
    """A number with `+`, or up to 11 letters."""
    sms_reference_tag: Annotated[int, Field(ge=0, le=0x3FFF)] = 0x1400
    """The optional parameter that carries the notification's id to the SMSC, back in receipts and in questions; 0 leaves it out."""
    sms_window: Positive = 50
    """Messages that wait for the SMSCs' answers at once."""
    sms_timeout_s: Seconds = 10
    enquire_link_s: Seconds = 30

    email_a: SmtpUrl | None = None
    email_b: SmtpUrl | None = None
    email_sender: str = "hejnal@localhost.localdomain"
    email_sender_name: str = "Hejnał"
    email_ca_file: Path | None = None
    """Trusted for mail servers in place of the system's authorities."""
    email_connections: Positive = 8
    """Kept open to each mail server."""
    email_window: Positive = 16
    email_timeout_s: Seconds = 15

    vapid_contact: str = "mailto:hejnal@localhost.localdomain"
    """Whom a push service may write to (RFC 8292)."""
    app_window: Positive = 100
    app_timeout_s: Seconds = 10

    lease_s: Seconds = 5
    """A process that has not given a sign for so long is dead, and what it had in hand is unknown."""
    batch_records: Positive = 500
    sweep_s: Seconds = 1
    """How often is looked for what a crash has left and what other processes made wait."""
    count_s: Seconds = 2
    """How often the ledger is counted for the metrics."""

    answer_poll_s: Seconds = 0.1
    """Between two looks at what the log has made of a tap on *acknowledge*; the page waits for thirty of them."""
    callback_tokens: dict[str, SecretStr] = {}
    """By provider, as JSON: what it sends as `Authorization: Bearer …` or signs with (HMAC-SHA256) to report deliveries.
    Others are refused."""
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_listed)] = ()
    """Networks (comma-separated) whose X-Forwarded-For is believed."""
    subscriptions_per_client: Positive = 20
    subscriptions_window_s: Positive = 600
    code_good_for_s: Seconds = 900


def parts_of(url: SecretStr) -> SplitResult:
    return urlsplit(url.get_secret_value())
