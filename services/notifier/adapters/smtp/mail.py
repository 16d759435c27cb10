"""What an email looks like: text, the same in HTML, and the headers that machines read."""

from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime, formataddr
from functools import lru_cache
from typing import Final

from jinja2 import Environment, Template

from services.notifier.send.core.message import Message
from shared.events import Urgency

__all__ = ["write_mail"]

SMTP_POLICY: Final = compat32.clone(linesep="\r\n", max_line_length=998)
_COLOURS: Final = {
    Urgency.NONE: "#56637a",
    Urgency.LOW: "#2d6a4f",
    Urgency.MEDIUM: "#8a6100",
    Urgency.HIGH: "#b3470a",
    Urgency.CRITICAL: "#b00020",
}
_HTML: Final = """\
<!doctype html>
<html lang="{{ language }}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>{{ subject }}</title></head>
<body style="margin:0;padding:16px;font-family:system-ui,sans-serif;font-size:16px;line-height:1.5">
<div style="max-width:36em;margin:auto;border-left:6px solid {{ colour }};padding:4px 16px">
<h1 style="font-size:20px;margin:0 0 12px">{{ subject }}</h1>
{% for paragraph in paragraphs %}<p style="margin:0 0 12px">
{% for line in paragraph %}{% if not loop.first %}<br>{% endif %}{{ line }}{% endfor %}</p>
{% endfor %}{% if url %}<p><a href="{{ url }}">{{ url }}</a></p>
{% endif %}{% if leave_url %}<p style="font-size:13px"><a href="{{ leave_url }}">{{ leave_url }}</a></p>
{% endif %}</div>
</body>
</html>
"""


def write_mail(message: Message, sender: str, sender_name: str) -> bytes:
    """As it goes over the wire. The Message-ID is the notification's, so that a mail that comes back names it.

    Built with the older classes of `email`: its newer ones parse each header they are given, three quarters of a mail's cost.
    """
    mail = MIMEMultipart("alternative", policy=SMTP_POLICY)
    mail["From"] = formataddr((sender_name, sender))
    mail["To"] = message.address.text
    mail["Subject"] = Header(" ".join(message.subject.split()), "utf-8", header_name="Subject").encode(linesep="\r\n")
    mail["Date"] = format_datetime(message.issued_at)
    mail["Message-ID"] = f"<{message.notification_id}@{sender.rpartition('@')[2]}>"
    mail["X-Hejnal-Notification-Id"] = message.notification_id
    mail["Auto-Submitted"] = "auto-generated"
    if message.urgency.at_least(Urgency.HIGH):
        mail["Importance"] = "high"
    if message.links.leave_url:
        mail["List-Unsubscribe"] = f"<{message.links.leave_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.attach(MIMEText(message.body, "plain", "utf-8", policy=SMTP_POLICY))
    mail.attach(MIMEText(_html(message), "html", "utf-8", policy=SMTP_POLICY))
    return mail.as_bytes()


def _html(message: Message) -> str:
    links = {message.links.url, message.links.leave_url}
    text = message.body
    for link in filter(None, links):
        text = text.replace(link, "")
    blocks = [[line for line in block.split("\n") if line.strip()] for block in text.split("\n\n")]
    return _template().render(
        language=message.language,
        subject=message.subject,
        colour=_COLOURS[message.urgency],
        paragraphs=[block for block in blocks if block],
        url=message.links.url if message.links.url in message.body else "",
        leave_url=message.links.leave_url,
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    return Environment(autoescape=True).from_string(_HTML)
