"""A mail as its reader sees it: decoded, in plain text."""

from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, MIMEPart
from email.parser import BytesParser
from html.parser import HTMLParser

__all__ = ["Mail", "read_mail"]

_REFERENCE_HEADER = "X-Hejnal-Notification-Id"
_PARSER = BytesParser(policy=policy.default)
_BLOCKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table"})
_UNSEEN = frozenset({"style", "script", "head", "title"})


@dataclass(frozen=True, slots=True)
class Mail:
    sender: str
    subject: str
    body: str
    html: bool
    reference: str | None


def read_mail(octets: bytes, envelope_sender: str) -> Mail:
    """Never fails: what cannot be decoded is shown as a mail program shows it."""
    message = _PARSER.parsebytes(octets)
    assert isinstance(message, EmailMessage)
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    shown = plain or html
    text = "" if shown is None else _text(shown)
    return Mail(
        sender=str(message.get("From", envelope_sender)),
        subject=str(message.get("Subject", "")),
        body=text if plain is not None or html is None else _strip(text),
        html=html is not None,
        reference=_reference(message),
    )


def _text(part: MIMEPart) -> str:
    try:
        content = part.get_content()
    except (LookupError, ValueError, KeyError):  # an unknown character set or a broken part
        payload = part.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return str(content).replace("\r\n", "\n").rstrip("\n")


def _reference(message: EmailMessage) -> str | None:
    """The notification's id: in a header of its own or as the left side of the Message-ID."""
    own = str(message.get(_REFERENCE_HEADER, "")).strip()
    return own or str(message.get("Message-ID", "")).strip().strip("<>").partition("@")[0] or None


class _Stripper(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 the parser's signature
        self._unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(data)


def _strip(html: str) -> str:
    stripper = _Stripper()
    stripper.feed(html)
    lines = (" ".join(line.split()) for line in "".join(stripper.pieces).splitlines())
    return "\n".join(line for line in lines if line)
