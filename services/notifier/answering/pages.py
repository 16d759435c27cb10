"""The page behind the link in a message to somebody on duty: what it is, and one large button. Opening it acknowledges nothing."""

from html import escape
from typing import Final

from services.notifier.answering.flow import Asked, Outcome
from services.notifier.leaving import page

__all__ = ["acknowledge_page", "outcome_page"]

_WORDS: Final = {
    Outcome.ACKNOWLEDGED: ("Potwierdzone. Prowadzisz to.", "Підтверджено. Це ваше.", "Acknowledged. It is yours."),
    Outcome.BY_ANOTHER: ("Potwierdził już ktoś inny: {who}", "Уже підтверджено: {who}", "Already acknowledged: {who}"),
    Outcome.CLOSED: ("Zgłoszenie jest już zamknięte.", "Тривогу вже закрито.", "The alert is closed already."),
    Outcome.ON_ITS_WAY: (
        "Wysłane, jeszcze bez odpowiedzi. Odśwież za chwilę.",
        "Надіслано, відповіді ще немає. Оновіть за мить.",
        "Sent, not answered yet. Reload in a moment.",
    ),
}


def acknowledge_page(asked: Asked, token: str, alert_url: str) -> str:
    alert = asked.alert
    return page(
        f"""<h1>{escape(alert.title)}</h1>
<p>{escape(alert.urgency.upper())} · {alert.opened_at:%H:%M} UTC{" · " + escape(alert.place) if alert.place else ""}</p>
{"".join(f"<p>{escape(piece.text)}</p>" for piece in alert.evidence[:1] if piece.text)}
<form method="post" action="{escape(token)}"><button type="submit">Potwierdzam · Підтверджую · Acknowledge</button></form>
<p><a href="{escape(alert_url)}">Konsola · Консоль · Console</a></p>"""
    )


def outcome_page(asked: Asked, outcome: Outcome, alert_url: str) -> str:
    who = escape(asked.alert.acknowledged_by or "")
    said = zip(("pl", "uk", "en"), _WORDS[outcome], strict=True)
    lines = "".join(f'<p lang="{language}">{words.format(who=who)}</p>' for language, words in said)
    return page(
        f'<h1>{escape(asked.alert.title)}</h1>{lines}<p><a href="{escape(alert_url)}">Konsola · Консоль · Console</a></p>'
    )
