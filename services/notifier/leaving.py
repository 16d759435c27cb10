"""The page behind the last link of every message. It says the same in the city's languages: nobody has to sign in or search."""

from html import escape
from typing import Final

__all__ = ["LEFT_PAGE", "NOTHING_PAGE", "PAGE_HEADERS", "leave_page", "page"]

PAGE_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}

_PAGE: Final = """<!doctype html>
<html lang="pl">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><meta name="color-scheme" content="light dark"><title>Hejnał</title>
<style>
body{{font:18px/1.5 system-ui,sans-serif;margin:0;display:grid;min-height:100vh;place-items:center}}
main{{max-width:30rem;padding:1.5rem}}
p[lang]:not([lang=pl]){{opacity:.75;font-size:.9em}}
button{{font:inherit;font-weight:600;padding:.75rem 1.5rem;border:0;border-radius:.5rem;background:#b00020;
color:#fff;width:100%;cursor:pointer}}
button:focus-visible{{outline:3px solid #4c8dff;outline-offset:2px}}
</style></head>
<body><main>{content}</main></body></html>
"""


def page(content: str) -> str:
    """`content` is HTML already."""
    return _PAGE.format(content=content)


def leave_page(token: str) -> str:
    """One button that posts to the same address."""
    return page(f"""<h1>Rezygnacja z powiadomień</h1>
<p lang="pl">Po rezygnacji nie wyślemy już żadnych powiadomień, a Twoje dane usuniemy.</p>
<p lang="uk">Після відмови ми більше не надсилатимемо сповіщень і видалимо ваші дані.</p>
<p lang="en">After leaving you get no more notifications, and your data is erased.</p>
<form method="post" action="{escape(token)}"><button type="submit">Rezygnuję · Відмовитися · Leave</button></form>""")


LEFT_PAGE: Final = page("""<h1>Gotowe</h1>
<p lang="pl">Nie dostaniesz już powiadomień. Twoje dane zostały usunięte.</p>
<p lang="uk">Ви більше не отримуватимете сповіщень. Ваші дані видалено.</p>
<p lang="en">You get no more notifications. Your data has been erased.</p>""")

NOTHING_PAGE: Final = page("""<h1>Zły adres</h1>
<p lang="pl">Ten adres jest niepełny lub niepoprawny. Otwórz link z wiadomości jeszcze raz.</p>
<p lang="uk">Ця адреса неповна або неправильна. Відкрийте посилання з повідомлення ще раз.</p>
<p lang="en">This address is incomplete or wrong. Open the link in the message again.</p>""")
