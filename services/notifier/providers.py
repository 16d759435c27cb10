"""Which providers a channel has, made from the settings. A new kind of provider is one more file in adapters/ and one more line here."""

import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import unquote

from cryptography.hazmat.primitives import serialization
from py_vapid import Vapid

from services.notifier.adapters.smpp import SmppProvider
from services.notifier.adapters.smpp.joining import OnText
from services.notifier.adapters.smpp.provider import SmppOptions
from services.notifier.adapters.smpp.session import SmscAddress
from services.notifier.adapters.smtp import SmtpProvider, SmtpServer
from services.notifier.adapters.webpush import WebPushProvider
from services.notifier.send.core.outcomes import Receipt
from services.notifier.send.flow import Provider
from services.notifier.settings import NotifierSettings, parts_of
from shared.events import Channel
from shared.pack import SmsStyle

__all__ = ["load_vapid", "make_providers", "make_vapid_key", "public_key_of"]

_TLS = {"smtp": "starttls", "smtps": "implicit", "smtp+plain": "none"}


def make_providers(
    settings: NotifierSettings,
    style: SmsStyle,
    on_receipt: Callable[[Receipt], Awaitable[None]],
    on_text: OnText,
    forget_endpoint: Callable[[str], Awaitable[None]],
) -> dict[Channel, list[Provider]]:
    """Of each channel in the order in which they are asked. Raises ValueError or OSError for a key or certificate that can't be read."""
    return {
        Channel.SMS: _smpp(settings, style, on_receipt, on_text),
        Channel.EMAIL: _smtp(settings),
        Channel.APP: [
            WebPushProvider(
                load_vapid(settings.vapid_key_file),
                settings.vapid_contact,
                forget_endpoint,
                timeout_s=settings.app_timeout_s,
                connections=settings.app_window,
            )
        ],
    }


def load_vapid(path: Path) -> Vapid:
    """The key that pushes are signed with; made when there is none."""
    if not path.exists():
        make_vapid_key(path)
    return Vapid.from_file(str(path))


def make_vapid_key(path: Path) -> None:
    """Readable by its owner alone. Raises FileExistsError: browsers that subscribed know the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    vapid = Vapid()
    vapid.generate_keys()
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(vapid.private_pem())


def public_key_of(vapid: Vapid) -> bytes:
    """The uncompressed point, 65 bytes: what a browser's `applicationServerKey` takes."""
    point: bytes = vapid.public_key.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    return point


def _smpp(
    settings: NotifierSettings, style: SmsStyle, on_receipt: Callable[[Receipt], Awaitable[None]], on_text: OnText
) -> list[Provider]:
    options = SmppOptions(
        settings.sms_sender, style, settings.sms_reference_tag, settings.sms_timeout_s, settings.enquire_link_s
    )
    providers: list[Provider] = []
    for name, url in (("a", settings.sms_a), ("b", settings.sms_b)):
        if url is not None:
            at = parts_of(url)
            tls = ssl.create_default_context() if at.scheme == "smpps" else None
            address = SmscAddress(
                str(at.hostname), at.port or 0, unquote(at.username or ""), unquote(at.password or ""), tls
            )
            providers.append(SmppProvider(name, address, options, on_receipt, on_text))
    return providers


def _smtp(settings: NotifierSettings) -> list[Provider]:
    providers: list[Provider] = []
    for name, url in (("a", settings.email_a), ("b", settings.email_b)):
        if url is not None:
            at = parts_of(url)
            server = SmtpServer(
                host=str(at.hostname),
                port=at.port or 0,
                username=unquote(at.username) if at.username else None,
                password=unquote(at.password) if at.password else None,
                tls=_TLS[at.scheme],
                ca_file=str(settings.email_ca_file) if settings.email_ca_file else None,
                sender=settings.email_sender,
                sender_name=settings.email_sender_name,
                connections=settings.email_connections,
                timeout_s=settings.email_timeout_s,
            )
            providers.append(SmtpProvider(name, server))
    return providers
