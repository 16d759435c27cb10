"""Every setting of the sandbox: HEJNAL_SANDBOX_* in the environment. Port 0 takes any free one."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["SandboxSettings"]

Port = Annotated[int, Field(ge=0, le=65535)]
Positive = Annotated[int, Field(gt=0)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SandboxSettings(BaseSettings):
    """What the other side of the wire looks like; the defaults are those of the local stack."""

    model_config = SettingsConfigDict(env_prefix="HEJNAL_SANDBOX_", extra="ignore", frozen=True, populate_by_name=True)

    log_level: str = Field("INFO", validation_alias="HEJNAL_LOG_LEVEL")
    host: str = "127.0.0.1"
    port: Port = 8009
    public_url: str | None = None
    """Where senders reach this sandbox, as written into push endpoints: `http://sandbox:8009`. Without it: as the phone's maker did."""
    smpp_a_port: Port = 8011
    smpp_b_port: Port = 8012
    smtp_a_port: Port = 8013
    smtp_b_port: Port = 8014
    state_dir: Path = Path(".local/sandbox")
    """Keeps the push subscriptions over a restart: phones keep their keys."""
    tls_dir: Path = Path(".local")
    """Gets `smtp-ca.pem`, which a mail client has to trust, and `smtp-server.pem`."""
    tls_names: tuple[str, ...] = ("localhost", "sandbox", "127.0.0.1", "::1")

    messages_kept: Positive = 20_000
    subscriptions_kept: Positive = 20_000
    slow_s: Seconds = 5.0
    """The delay of mode `slow` when none is given."""
    held_requests: Positive = 10_000
    """Answers that a slow provider may owe at once; above it the provider is full and says so."""
    hold_s: Seconds = 300.0
    """How long a request that is never answered (mode `timeout`) stays open when the client does not hang up."""

    smpp_password: SecretStr | None = None
    """Without one every bind is welcome."""
    smpp_pdu_bytes: Positive = 70_000
    smpp_receipt_delay_s: Seconds = 0.2
    smpp_receipt_window: Positive = 100
    """Receipts that a session may have unanswered."""
    smpp_receipts_kept: Positive = 20_000
    """Receipts that wait for a session to return."""
    smpp_unjoined_kept: Positive = 1_000
    """Messages of which some segments are missing."""
    smtp_message_bytes: Positive = 10_000_000
    push_payload_bytes: Positive = 4096
    """RFC 8030, 7.2: a push service need not take more."""
