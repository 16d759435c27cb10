"""A console (and the front door for reports) of one process and no Kafka, for drawing and trying the page without the stack.

It answers as interfaces.md says; `tests/browser/test_fake_console.py` holds it to the real console's OpenAPI document.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from sse_starlette import EventSourceResponse

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
USERS = {"ola": ("hejnal-ola", "operator"), "ewa": ("hejnal-ewa", "operator"), "jan": ("hejnal-jan", "viewer")}
TOKENS = {f"token-{name}": name for name in USERS}
EFFECTS = {"acknowledge": "acknowledged", "resolve": "resolved", "dismiss": "dismissed", "reopen": "open"}

Json = dict[str, Any]


def stamp(ago_s: float = 0) -> str:
    at = datetime.now(UTC) - timedelta(seconds=ago_s)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class City:
    """The alerts of one made-up evening, and what people decide about them."""

    def __init__(self) -> None:
        self.alerts: dict[str, Json] = {}
        self.notifications: dict[str, list[Json]] = {}
        self.timeline: dict[str, list[Json]] = {}
        self.decisions: dict[str, Json] = {}
        self.changes: list[Json] = []
        self.changed = asyncio.Condition()
        self._ids = count(1)
        self.silent = False

    def new_id(self) -> str:
        return f"0193f000-0000-7000-8000-{next(self._ids):012d}"

    def add(self, **fields: Any) -> Json:
        alert: Json = {
            "alert_id": self.new_id(), "city": "przemysl", "version": 1, "state": "open", "category": "other", "also": [],
            "urgency": "medium", "score": 50, "title": "", "place": None, "lat": 49.7838, "lon": 22.7678, "radius_m": 150,
            "opened_at": stamp(), "changed_at": stamp(), "acknowledged_by": None, "assigned_to": None, "report_count": 1,
            "reading_count": 0, "evidence": [], "evidence_total": 0, "reasons": [], "suggested_merges": [],
            "merged_into": None, "needs_review": False, "public": False, "exercise": False,
        }  # fmt: skip
        alert.update(fields)
        alert["evidence_total"] = alert["evidence_total"] or len(alert["evidence"])
        self.alerts[alert["alert_id"]] = alert
        self.timeline[alert["alert_id"]] = [
            {"at": alert["opened_at"], "kind": "opened", "after": alert["urgency"], "count": 1}
        ]
        return alert

    async def publish(self, alert: Json) -> None:
        async with self.changed:
            self.changes.append(dict(alert))
            self.changed.notify_all()

    async def decide(self, alert: Json, decision_id: str, body: Json, actor: str) -> None:
        await asyncio.sleep(0.25)
        kind = body["kind"]
        alert["version"] += 1
        alert["changed_at"] = stamp()
        alert["state"] = EFFECTS.get(kind, alert["state"])
        if kind == "acknowledge":
            alert["acknowledged_by"] = actor
        if kind == "publish":
            alert["public"] = True
        entry = {
            "at": stamp(), "kind": "decision", "decision": kind, "decision_id": decision_id, "state": "applied",
            "text": body.get("text"), "reason": body.get("reason"), "actor": actor,
        }  # fmt: skip
        self.timeline[alert["alert_id"]].append(entry)
        self.decisions[decision_id]["state"] = "applied"
        await self.publish(alert)


def problem(status: int, detail: str, **more: Any) -> HTTPException:
    return HTTPException(status, {"type": "about:blank", "title": detail, "status": status, "detail": detail, **more})


def matches(alert: Json, query: Any) -> bool:
    order = ["none", "low", "medium", "high", "critical"]
    states = query.get("state")
    least = query.get("least_urgency")
    category = query.get("category")
    words = (query.get("q") or "").lower()
    texts = " ".join([alert["title"], alert["place"] or "", *(e.get("text") or "" for e in alert["evidence"])]).lower()
    return (
        (not states or alert["state"] in states.split(","))
        and (not least or order.index(alert["urgency"]) >= order.index(least))
        and (not category or category in {alert["category"], *alert["also"]})
        and words in texts
    )


def explained(text: str, base: float, *marks: tuple[str, float]) -> Json:
    phrases: list[Json] = []
    modifiers: list[Json] = []
    for words, points in marks:
        start = text.lower().find(words.lower())
        mark = {"start": start, "end": start + len(words), "text": words, "kind": "danger", "points": points}
        (phrases if points > 0 else modifiers).append(mark)
    total = base + sum(points for _, points in marks)
    return {"base": base, "phrases": phrases, "modifiers": modifiers, "rules": [], "points_sum": total}


def report(text: str, urgency: str, ago_s: float, explanation: Json | None = None) -> Json:
    return {
        "kind": "report", "report_id": f"r-{abs(hash((text, ago_s)))}", "at": stamp(ago_s), "text": text, "lat": 49.784,
        "lon": 22.77, "urgency": urgency, "explanation": explanation,
    }  # fmt: skip


def told(channel: str, recipient: str, state: str, step: int = 1, reason: str = "") -> Json:
    return {
        "notification_id": f"n-{channel}-{recipient}-{step}", "purpose": "alert", "urgency": "critical", "attempts": 1,
        "requested_at": stamp(90), "channel": channel, "recipient": recipient, "provider": "a",
        "step": step, "state": state, "reason": reason, "changed_at": stamp(60),
    }  # fmt: skip


def evening() -> City:
    """A fire called in by several people, a river rising, and what else a city says on a Tuesday."""
    city = City()
    pl = "Pali się dach kamienicy przy Mickiewicza 12, na trzecim piętrze krzyczą ludzie, dużo dymu na klatce!"
    uk = "Горить будинок на Міцкевича, люди на балконі кличуть на допомогу"
    en = "There is smoke coming out of a building near the station, I can see flames in the roof"
    fire = city.add(
        category="fire", also=["medical"], urgency="critical", score=94, title="Pożar kamienicy, ludzie w środku",
        place="ul. Adama Mickiewicza 12", lat=49.7842, lon=22.7745, opened_at=stamp(340), report_count=4,
        evidence=[
            report(pl, "critical", 340, explained(pl, 12, ("Pali się", 34), ("krzyczą ludzie", 28), ("dużo dymu", 14))),
            report(uk, "critical", 300, explained(uk, 12, ("Горить", 32), ("кличуть на допомогу", 26))),
            report(en, "high", 200, explained(en, 12, ("smoke", 16), ("flames", 22))),
            report("Chyba ćwiczenia straży na Mickiewicza?", "low", 120,
                   explained("Chyba ćwiczenia straży na Mickiewicza?", 12, ("ćwiczenia", -22))),
        ],
        reasons=[
            {"code": "nothing_fits", "text": "a report opened it: fire, critical", "at": stamp(340)},
            {"code": "corroborated", "text": "4 independent witnesses: score 94", "at": stamp(120)},
        ],
    )  # fmt: skip
    city.notifications[fire["alert_id"]] = [
        told("sms", "Dyżurny CZK", "delivered"), told("sms", "Zastępca", "failed", reason="brak zasięgu"),
        told("email", "Dyżurny CZK", "handed_over"), told("app", "Dyżurny CZK", "delivered"),
        told("app", "Zastępca", "expired"), told("sms", "Komendant", "unknown", 2),
    ]  # fmt: skip
    city.timeline[fire["alert_id"]] += [
        {"at": stamp(338), "kind": "notification", "channel": "sms", "recipient": "Dyżurny CZK", "state": "delivered"},
        {"at": stamp(300), "kind": "reports_joined", "count": 1},
        {"at": stamp(218), "kind": "notification", "channel": "sms", "recipient": "Komendant", "state": "unknown"},
        {"at": stamp(120), "kind": "reports_joined", "count": 2},
    ]
    river = city.add(
        category="flood", urgency="high", score=78, title="San: przekroczony stan alarmowy", place="wodowskaz Przemyśl, most Orląt",
        lat=49.7868, lon=22.7702, opened_at=stamp(1900), report_count=0, reading_count=3, state="acknowledged", acknowledged_by="ewa",
        version=4,
        evidence=[
            {"kind": "reading", "sensor_id": "san-przemysl-1", "quantity": "water_level", "value": v, "unit": "cm",
             "at": stamp(s), "lat": 49.786, "lon": 22.77, "urgency": "high"} for v, s in ((571, 1900), (583, 1300), (594, 700))
        ],
    )  # fmt: skip
    city.notifications[river["alert_id"]] = [
        told("sms", "Dyżurny CZK", "delivered"),
        told("email", "Wody Polskie", "delivered"),
    ]
    main = "Pękła rura, woda leje się na ulicę i do piwnic, zaraz zaleje sklep"
    city.add(
        category="utilities", urgency="high", score=66, title="Awaria wodociągu, woda w piwnicach", place="ul. Franciszkańska 8",
        lat=49.7817, lon=22.7669, opened_at=stamp(820), report_count=2, needs_review=True, public=True,
        evidence=[report(main, "high", 820, explained(main, 12, ("Pękła rura", 30), ("zaleje", 18)))],
    )  # fmt: skip
    city.add(
        category="traffic", urgency="medium", score=44, title="Stłuczka, zablokowany pas", place="ul. 3 Maja / Grunwaldzka",
        lat=49.7801, lon=22.7472, opened_at=stamp(2700), evidence=[report("Dwa auta zderzyły się na skrzyżowaniu", "medium", 2700)],
    )  # fmt: skip
    city.add(
        category="public_order", urgency="low", score=24, title="Głośna muzyka nocą", place="Zasanie, ul. 22 Stycznia",
        lat=49.7925, lon=22.7611, opened_at=stamp(3600), report_count=3,
        evidence=[report("Sąsiedzi znów puszczają muzykę, nie da się spać", "low", 3600)],
    )  # fmt: skip
    city.add(
        category="animal", urgency="low", score=18, title="Zagubiony pies", place="Park Lubomirskich", lat=49.7951, lon=22.7829,
        opened_at=stamp(7200), evidence=[report("Zaginął pies, brązowy jamnik, wabi się Fuks", "low", 7200)], exercise=True,
    )  # fmt: skip
    city.add(state="resolved", category="gas", urgency="critical", title="Zapach gazu na klatce", place="ul. Lwowska 41",
             acknowledged_by="ola", lat=49.786, lon=22.80, opened_at=stamp(20000))  # fmt: skip
    return city


SENSORS = [
    ("san-przemysl-1", "water_level", "cm", "San, most Orląt", "alarm", 594, 40),
    ("wiar-1", "water_level", "cm", "Wiar, Przekopana", "ok", 142, 70),
    ("air-rynek", "pm10", "µg/m³", "Rynek, powietrze", "warning", 71.4, 190),
    ("air-zasanie", "pm2_5", "µg/m³", "Zasanie, powietrze", "silent", 22, 9100),
    ("meteo-kopiec", "wind_speed", "m/s", "Kopiec Tatarski, wiatr", "ok", 6.2, 30),
    ("gas-dworzec", "gas", "%", "Dworzec, gaz", "fault", None, 400),
    ("unknown-17", "temperature", "°C", "unknown-17", "unregistered", 4.5, 15),
]

OUTLINE = [
    [22.7037, 49.7755], [22.7262, 49.7607], [22.7621, 49.7508], [22.7937, 49.7591], [22.8199, 49.7723], [22.8306, 49.7951],
    [22.8033, 49.8141], [22.7652, 49.8201], [22.7301, 49.8096], [22.7105, 49.7937], [22.7037, 49.7755],
]  # fmt: skip


def create_app(dist: Path) -> FastAPI:  # noqa: C901, PLR0915 -- a fake city in one place
    app = FastAPI()
    city = evening()
    sessions: dict[str, str] = {}
    wrong: list[str] = []
    app.state.city = city
    tasks: set[asyncio.Task[None]] = set()

    def who(request: Request) -> str:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        name = TOKENS.get(bearer) or sessions.get(request.cookies.get("hejnal_session", ""))
        if name is None:
            raise problem(401, "Sign in first.")
        token = request.headers.get("X-CSRF-Token")
        if request.method not in {"GET", "HEAD"} and not bearer and token != f"csrf-{name}":
            raise problem(403, "The token is missing.")
        return name

    def session_of(name: str) -> Json:
        return {"user": {"user_id": name, "username": name, "role": USERS[name][1]}, "csrf_token": f"csrf-{name}"}

    @app.middleware("http")
    async def policy(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        response.headers["Content-Security-Policy"] = CSP
        return response

    @app.exception_handler(HTTPException)
    async def as_problem(_request: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse(error.detail, error.status_code, error.headers, "application/problem+json")

    @app.post("/v1/session")
    async def sign_in(body: Json, response: Response) -> Json:
        name = body.get("username", "")
        if len(wrong) >= 5:
            error = problem(429, "Too many attempts.")
            error.headers = {"Retry-After": "30"}
            wrong.clear()
            raise error
        if USERS.get(name, ("",))[0] != body.get("password"):
            wrong.append(name)
            raise problem(401, "Wrong user name or password.")
        sessions[f"session-{name}"] = name
        response.set_cookie("hejnal_session", f"session-{name}", httponly=True, samesite="strict")
        return session_of(name)

    @app.get("/v1/session")
    async def resume(request: Request) -> Json:
        return session_of(who(request))

    @app.delete("/v1/session", status_code=204)
    async def sign_out(request: Request) -> None:
        sessions.pop(f"session-{who(request)}", None)

    @app.get("/v1/alerts")
    async def alerts(request: Request) -> Json:
        who(request)
        found = [alert for alert in city.alerts.values() if matches(alert, request.query_params)]
        return {"alerts": found, "next_cursor": None, "stream_position": len(city.changes)}

    @app.get("/v1/alerts/stream")
    async def stream(request: Request, after: int | None = None) -> EventSourceResponse:
        who(request)
        position = int(request.headers.get("Last-Event-ID") or (len(city.changes) if after is None else after))

        async def events() -> AsyncIterator[Json]:
            at = position
            yield {"event": "heartbeat", "data": "{}"}
            while True:
                while at < len(city.changes):
                    at += 1
                    yield {"event": "alert", "id": str(at), "data": json.dumps(city.changes[at - 1])}
                try:
                    async with asyncio.timeout(10), city.changed:
                        await city.changed.wait()
                except TimeoutError:
                    if not city.silent:
                        yield {"event": "heartbeat", "data": "{}"}

        return EventSourceResponse(events(), ping=3600)

    @app.get("/v1/alerts/{alert_id}")
    async def alert(request: Request, alert_id: str) -> Json:
        who(request)
        found = city.alerts.get(alert_id)
        if found is None:
            raise problem(404, "There is no such alert.")
        return {**found, "timeline": city.timeline[alert_id], "notifications": city.notifications.get(alert_id, [])}

    @app.post("/v1/alerts/{alert_id}/decisions", status_code=202)
    async def decide(request: Request, alert_id: str, body: Json) -> Json:
        actor = who(request)
        found = city.alerts[alert_id]
        if body["if_version"] != found["version"]:
            raise problem(409, "The alert has changed.", alert=found)
        decision_id = city.new_id()
        city.decisions[decision_id] = {
            "decision_id": decision_id,
            "kind": body["kind"],
            "state": "pending",
            "reason": "",
        }
        task = asyncio.create_task(city.decide(found, decision_id, body, actor))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return {"decision_id": decision_id}

    @app.get("/v1/decisions/{decision_id}")
    async def decision(request: Request, decision_id: str) -> Json:
        who(request)
        return city.decisions[decision_id]

    @app.get("/v1/sensors")
    async def sensors(request: Request) -> Json:
        who(request)
        keys = ("sensor_id", "quantity", "unit", "name", "state", "value")
        rows = [{**dict(zip(keys, s[:6], strict=True)), "lat": 49.78, "lon": 22.77, "at": stamp(s[6])} for s in SENSORS]
        return {"sensors": rows, "next_cursor": None}

    @app.get("/v1/city")
    async def city_answer(request: Request) -> Json:
        who(request)
        return {
            "id": "przemysl", "name": "Przemyśl", "names": {"pl": "Przemyśl", "uk": "Перемишль"},
            "timezone": "Europe/Warsaw", "publish_recipients": 5000, "languages": ["pl", "uk", "en"], "centre": {"lat": 49.7838, "lon": 22.7678},
            "boundary": {"type": "Polygon", "coordinates": [OUTLINE]},
            "boundary_source": "made up", "districts": [],
        }  # fmt: skip

    @app.post("/v1/reports", status_code=202)
    async def received(body: Json) -> Json:
        text = body["text"]
        urgent = re.search(r"pali|pożar|fire|gaz|tonie", text, re.IGNORECASE) is not None
        found = city.add(
            category="fire" if urgent else "other", urgency="critical" if urgent else "medium", title=text[:60],
            place=body.get("address"), lat=body.get("lat"), lon=body.get("lon"),
            evidence=[report(text, "critical" if urgent else "medium", 0)],
        )  # fmt: skip
        await city.publish(found)
        return {"report_id": found["evidence"][0]["report_id"], "tracking_code": "ABC", "status_url": ""}

    app.mount("/", StaticFiles(directory=dist, html=True))
    return app
