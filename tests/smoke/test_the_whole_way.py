"""From the street to a phone, over every hop, at real protocol peers: what a city buys Hejnał for."""

import re
import subprocess
import sys
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.stack import Stack

pytestmark = pytest.mark.stack

CHANNELS = {"sms", "email", "app"}


def now(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


def channels_of(messages: list[Any]) -> set[str]:
    return {message["channel"] for message in messages}


def test_a_fire_rings_the_duty_phones_and_every_report_knows_its_end(stack: Stack) -> None:
    """Polish and Ukrainian callers of one fire, one alert, and an SMS, an email and an app push that name it."""
    first = stack.report(
        "Pali się kamienica przy Franciszkańskiej 12, płomienie na drugim piętrze, w środku są ludzie!",
        49.7817,
        22.7706,
    )
    second = stack.report("Пожежа в будинку на Францішканській, багато диму, у вікні люди!", 49.7819, 22.7708)
    assert stack.until_status(first, "joined")["category"] == "fire"
    stack.until_status(second, "joined")
    alert = stack.alert_of(second)
    assert {one.get("report_id") for one in alert["evidence"]} >= {first["report_id"], second["report_id"]}
    assert (alert["category"], alert["report_count"]) == ("fire", 2)
    assert alert["urgency"] in {"high", "critical"}
    told = stack.until(
        "an SMS, an email and a push have arrived",
        lambda: (found := stack.messages_of(alert["alert_id"])) and channels_of(found) >= CHANNELS and found,
    )
    assert len({message["reference"] for message in told}) == len(told), "a phone rang twice for one notification"
    stack.until(
        "the console shows each as delivered or handed over",
        lambda: all(
            one["state"] in {"delivered", "handed_over"} for one in stack.alert(alert["alert_id"])["notifications"]
        ),
    )


def test_praise_questions_and_spam_wake_nobody(stack: Stack) -> None:
    """Each ends in no_action, and no phone hears of it."""
    before = len(stack.messages())
    tickets = [
        stack.report("Dziękuję strażakom za wczorajszą akcję, jesteście wspaniali!"),
        stack.report("PROMOCJA! Kup teraz i wygraj iPhone, kliknij w link, tylko dziś rabat 80%"),
        stack.report("Until what time is the city office open on Mondays?"),
    ]
    for ticket in tickets:
        stack.until_status(ticket, "no_action")
    assert len(stack.messages()) == before


def test_a_rising_river_raises_an_alert_that_its_fall_closes(stack: Stack) -> None:
    """Warning, alarm, and the all-clear when only the sensor spoke; the sensor's state is on its page.

    It rises by less than the half metre an hour that would be an alarm of its own.
    """
    begin = datetime.now(UTC) - timedelta(hours=20)

    def level(value: float, minute: int) -> None:
        stack.reading(
            sensor_id="wiar-krowniki-1",
            quantity="water_level",
            value=value,
            unit="cm",
            at=(begin + timedelta(minutes=minute)).isoformat(),
        )

    def alert() -> Any:
        for one in stack.alerts():
            if any(evidence.get("sensor_id") == "wiar-krowniki-1" for evidence in one["evidence"]):
                return one
        return None

    level(100, 0)
    level(400, 10 * 60)
    stack.until("the warning level raises an alert", lambda: (found := alert()) and found["urgency"] == "medium")
    level(700, 20 * 60 - 20)
    raised = stack.until(
        "the alarm level raises its urgency", lambda: (found := alert()) and found["urgency"] == "high" and found
    )
    assert raised["category"] == "flood"
    sensor = stack.until(
        "the sensor is in alarm",
        lambda: next(
            (
                one
                for one in stack.console("GET", "/v1/sensors").json()["sensors"]
                if one["sensor_id"] == "wiar-krowniki-1" and one["state"] == "alarm"
            ),
            None,
        ),
    )
    assert (sensor["value"], sensor["unit"]) == (700, "cm")
    level(200, 20 * 60 - 5)
    stack.until("its fall closes it", lambda: (found := alert()) and found["state"] == "resolved")


def test_an_operators_decisions_travel_through_the_log(stack: Stack) -> None:
    """Acknowledge, note and resolve are applied in order; a stale one is refused with the present alert; the resident sees it."""
    ticket = stack.report("Pękła rura wodociągowa, woda tryska spod asfaltu i zalewa piwnice", 49.7975, 22.7440)
    stack.until_status(ticket, "joined")
    alert = stack.alert_of(ticket)
    assert stack.decide(alert, "acknowledge")["state"] == "applied"
    changed = stack.until(
        "the console shows it acknowledged",
        lambda: (one := stack.alert(alert["alert_id"])) and one["state"] == "acknowledged" and one,
    )
    assert changed["version"] == alert["version"] + 1
    assert changed["acknowledged_by"] == stack.addresses["operator"]["username"]
    stack.until_status(ticket, "in_progress")
    stale = stack.console(
        "POST", f"/v1/alerts/{alert['alert_id']}/decisions", json={"kind": "resolve", "if_version": alert["version"]}
    )
    assert stale.status_code == 409
    assert stale.json()["alert"]["version"] == changed["version"]
    assert stack.decide(changed, "note", text="Zakręcono zasuwę")["state"] == "applied"
    noted = stack.until(
        "the note is there",
        lambda: (one := stack.alert(alert["alert_id"])) and one["version"] > changed["version"] and one,
    )
    assert stack.decide(noted, "resolve", reason="naprawione")["state"] == "applied"
    stack.until_status(ticket, "resolved")
    viewer = stack.console(
        "POST",
        f"/v1/alerts/{alert['alert_id']}/decisions",
        who="viewer",
        json={"kind": "reopen", "if_version": noted["version"] + 1},
    )
    assert viewer.status_code == 403


def test_of_two_decisions_at_once_the_first_in_the_log_wins(stack: Stack) -> None:
    """Both were accepted with the same version; one is applied, the other refused with its reason."""
    ticket = stack.report("Duży pożar śmieci pod blokiem, ogień sięga balkonów, dużo dymu", 49.7700, 22.7900)
    stack.until_status(ticket, "joined")
    alert = stack.alert_of(ticket)
    sent = [
        stack.console(
            "POST",
            f"/v1/alerts/{alert['alert_id']}/decisions",
            who=who,
            json={"kind": kind, "if_version": alert["version"], "reason": "próba"},
        )
        for who, kind in (("operator", "acknowledge"), ("supervisor", "dismiss"))
    ]
    ids = [answer.json()["decision_id"] for answer in sent if answer.status_code == 202]
    if len(ids) == 2:
        outcomes = stack.until(
            "both have ended",
            lambda: (
                (ends := [stack.console("GET", f"/v1/decisions/{one}").json() for one in ids])
                and all(end["state"] != "pending" for end in ends)
                and ends
            ),
        )
        assert [end["state"] for end in outcomes] == ["applied", "refused"]
        assert outcomes[1]["reason"]
    else:
        assert [answer.status_code for answer in sent] == [202, 409]


def test_publishing_tells_the_subscribers_around_and_nobody_else(stack: Stack) -> None:
    """A resident of the area hears by SMS in their language; one across the river and one who left hear nothing."""
    lat, lon = 49.7655, 22.7405
    near, far, left = (f"+4860{number:07d}" for number in (1112223, 1112224, 1112225))

    def square(lat: float, lon: float, half: float = 0.005) -> Any:
        ring = [
            [lon - half, lat - half],
            [lon + half, lat - half],
            [lon + half, lat + half],
            [lon - half, lat + half],
            [lon - half, lat - half],
        ]
        return {"type": "Polygon", "coordinates": [ring]}

    tokens = {
        phone: subscribe(stack, phone, area)
        for phone, area in ((near, square(lat, lon)), (far, square(49.80, 22.80)), (left, square(lat, lon)))
    }
    gone_id, gone_token = tokens[left]
    gone = stack.http.delete(
        f"{stack.addresses['notifier_url']}/v1/subscriptions/{gone_id}",
        headers={"Authorization": f"Bearer {gone_token}"},
    )
    assert gone.status_code in {200, 204}
    ticket = stack.report("Wyciek gazu na ulicy, silny zapach gazu przy garażach, ludzie uciekają", lat, lon)
    stack.until_status(ticket, "joined")
    alert = stack.alert_of(ticket)
    assert not stack.messages(to=near)[1:], "a resident heard of an alert that nobody published"
    assert stack.decide(alert, "publish", text="Nie używaj ognia, wyjdź z budynku.")["state"] == "applied"
    told = stack.until(
        "the resident nearby is told",
        lambda: [
            m for m in stack.messages(to=near) if "Nie używaj ognia" in text_of(m) or "Nie uzywaj ognia" in text_of(m)
        ],
    )
    assert len(told) == 1
    assert len(stack.messages(to=far)) == 1, "only the code"
    assert len(stack.messages(to=left)) == 1, "only the code"
    link = re.findall(r"https?://\S+", text_of(told[0]))[-1]
    page = stack.http.get(link)
    assert page.status_code == 200
    assert page.text.count("<button") == 1
    assert stack.http.post(link).status_code in {200, 204}
    gone_now = stack.http.get(
        f"{stack.addresses['notifier_url']}/v1/subscriptions/{tokens[near][0]}",
        headers={"Authorization": f"Bearer {tokens[near][1]}"},
    )
    assert gone_now.status_code in {401, 404}


def text_of(message: Any) -> str:
    return str(message.get("text") or message.get("body"))


def subscribe(stack: Stack, phone: str, area: Any) -> tuple[str, str]:
    url = f"{stack.addresses['notifier_url']}/v1/subscriptions"
    made = stack.http.post(
        url, json={"channel": "sms", "address": phone, "area": area, "language": "pl", "least_urgency": "low"}
    )
    assert made.status_code == 201, made.text
    subscription = made.json()
    (message,) = stack.until("the code has arrived", lambda: stack.messages(to=phone))
    code = re.search(r"\b(\d{6})\b", text_of(message))
    assert code is not None
    assert (
        stack.http.post(
            f"{url}/{subscription['subscription_id']}/confirm",
            json={"code": "000000" if code[1] != "000000" else "111111"},
        ).status_code
        == 422
    )
    confirmed = stack.http.post(f"{url}/{subscription['subscription_id']}/confirm", json={"code": code[1]})
    assert confirmed.status_code in {200, 204}, confirmed.text
    return subscription["subscription_id"], subscription["owner_token"]


def test_the_same_report_sent_twice_counts_once(stack: Stack) -> None:
    """Idempotency-Key: the same answer, one piece of evidence; another body is refused."""
    key = {"Idempotency-Key": str(uuid.uuid4())}
    url = f"{stack.addresses['ingest_url']}/v1/reports"
    body = {"text": "Wypadek na rondzie, dwa auta, ranny kierowca", "lat": 49.7868, "lon": 22.7812}
    first, second = (stack.http.post(url, json=body, headers=key) for _ in range(2))
    assert first.json() == second.json()
    assert stack.http.post(url, json=body | {"text": "coś innego"}, headers=key).status_code == 422
    stack.until_status(first.json(), "joined")
    alert = stack.alert_of(first.json())
    assert [one["report_id"] for one in alert["evidence"]].count(first.json()["report_id"]) == 1


def test_escalation_wakes_the_deputy_only_while_nobody_acknowledges(stack: Stack) -> None:
    """Of two critical alerts, the acknowledged one stays with its first step."""
    quiet = stack.report("Człowiek leży nieprzytomny na chodniku, nie oddycha, potrzebna reanimacja!", 49.7930, 22.7330)
    heard = stack.report("Wybuch gazu, zawalona ściana, ludzie pod gruzami, potrzebna pomoc!", 49.7590, 22.7990)
    for ticket in (quiet, heard):
        stack.until_status(ticket, "joined")
    left_alone, taken = stack.alert_of(quiet), stack.alert_of(heard)
    assert (left_alone["urgency"], taken["urgency"]) == ("critical", "critical")
    assert stack.decide(taken, "acknowledge")["state"] == "applied"
    stack.until(
        "the second step is told of the alert that nobody acknowledged",
        lambda: any(one["step"] == 2 for one in stack.alert(left_alone["alert_id"])["notifications"]),
    )
    assert all(one["step"] == 1 for one in stack.alert(taken["alert_id"])["notifications"])


def test_an_answer_from_a_phone_acknowledges_as_the_console_does(stack: Stack) -> None:
    """One tap on the link of one alert, a word by SMS for another; opening the link alone decides nothing."""
    tapped = stack.alert_of(stack.report("Pali się dach szkoły, dzieci w środku!", 49.8010, 22.7420))
    sms = stack.until(
        "the phone has rung", lambda: [m for m in stack.messages_of(tapped["alert_id"]) if m["channel"] == "sms"]
    )
    link = re.search(r"http\S+/a/\S+", text_of(sms[0]))
    assert link is not None, text_of(sms[0])
    page = stack.http.get(link[0])
    assert page.status_code == 200
    assert tapped["title"] in page.text
    assert stack.alert(tapped["alert_id"])["state"] == "open"
    assert stack.http.post(link[0]).status_code == 200
    seen = stack.until("the tap is in the log", lambda: _acknowledged(stack, tapped["alert_id"]))
    assert seen["acknowledged_by"] in {"Oficer dyżurny", "Черговий диспетчер"}
    assert stack.http.get(link[0][:-3] + "AAA").status_code == 404

    worded = stack.alert_of(stack.report("Samochód wpadł do rzeki, ludzie w środku toną, ratunku!", 49.7480, 22.8120))
    (rung, *_) = stack.until(
        "the phone has rung", lambda: [m for m in stack.messages_of(worded["alert_id"]) if m["channel"] == "sms"]
    )
    stack.text(rung["to"], "Przyjąłem")
    assert stack.until("the word is in the log", lambda: _acknowledged(stack, worded["alert_id"]))


def test_an_sms_from_a_resident_is_a_report_and_stop_leaves(stack: Stack) -> None:
    words = "Wybuchł pożar w domu przy Czarnieckiego, widać ogień, w środku są ludzie"
    stack.text("+48600700701", words)

    def opened() -> Any:
        return [
            one for one in stack.alerts(q="Czarnieckiego") if any(words == each.get("text") for each in one["evidence"])
        ]

    assert stack.until("an alert of the SMS", opened)
    owned, token = subscribe(stack, "+48600700702", {"districts": ["zasanie"]})
    url = f"{stack.addresses['notifier_url']}/v1/subscriptions/{owned}"
    stack.text("+48600700702", "STOP")
    headers = {"Authorization": f"Bearer {token}"}
    stack.until("the subscription is gone", lambda: stack.http.get(url, headers=headers).status_code == 404)


def _acknowledged(stack: Stack, alert_id: str) -> Any:
    alert = stack.alert(alert_id)
    return alert if alert["state"] == "acknowledged" else None


def test_the_live_stream_shows_each_change_once_and_resumes_without_a_gap(stack: Stack) -> None:
    """Ids are the same for every client; after a break the newest version of each changed alert comes."""
    position = stack.console("GET", "/v1/alerts").json()["stream_position"]
    ticket = stack.report("Zwalone drzewo blokuje jezdnię na Lwowskiej", 49.7790, 22.7920)
    stack.until_status(ticket, "joined")
    alert = stack.alert_of(ticket)
    stack.decide(alert, "acknowledge")
    events = read_stream(
        stack,
        after=position,
        until=lambda seen: any(
            one["alert_id"] == alert["alert_id"] and one["state"] == "acknowledged" for _, one in seen
        ),
    )
    ids = [int(event_id) for event_id, _ in events]
    assert ids == sorted(set(ids))
    versions = [one["version"] for _, one in events if one["alert_id"] == alert["alert_id"]]
    assert versions == sorted(set(versions))
    again = read_stream(
        stack,
        after=position,
        until=lambda seen: any(
            one["alert_id"] == alert["alert_id"] and one["state"] == "acknowledged" for _, one in seen
        ),
    )
    assert dict(again).items() <= dict(events).items() or {i for i, _ in again} <= {i for i, _ in events}
    with stack.http.stream(
        "GET", f"{stack.addresses['console_url']}/v1/alerts/stream?after=unknown", headers=bearer(stack)
    ) as answer:
        assert next(line for line in answer.iter_lines() if line.startswith("event:")) == "event: reset"


def bearer(stack: Stack) -> dict[str, str]:
    return {"Authorization": f"Bearer {stack.addresses['operator']['token']}"}


def read_stream(stack: Stack, *, after: str, until: Any) -> list[tuple[str, Any]]:
    import json

    seen: list[tuple[str, Any]] = []
    event, event_id = "", ""
    with stack.http.stream(
        "GET", f"{stack.addresses['console_url']}/v1/alerts/stream", params={"after": after}, headers=bearer(stack)
    ) as answer:
        assert answer.status_code == 200
        for line in answer.iter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                event = value
            elif name == "id":
                event_id = value
            elif name == "data" and event == "alert":
                seen.append((event_id, json.loads(value)))
                if until(seen):
                    return seen
    pytest.fail("the stream ended")


def test_commands_on_the_running_city(stack: Stack) -> None:
    """Topics agree with the registry, nothing went to dead letters, and status says that all is ready."""
    assert stack.hejnal("topics", "check").returncode == 0
    letters = stack.hejnal("dead-letters", "list", "--json")
    assert (letters.returncode, letters.stdout) == (0, "")
    assert stack.hejnal("status").returncode == 0
    again = stack.hejnal("up")
    assert again.returncode == 0, again.stdout + again.stderr


def test_logs_hold_no_personal_data(stack: Stack) -> None:
    """Ids and reasons only: no text of a report, no phone, no address."""
    text, phone = f"Pożar w garażu, tajne słowo {uuid.uuid4()}", "+48605123987"
    ticket = stack.report(text, 49.7740, 22.7540, contact={"phone": phone, "email": "jan.tajny@example.org"})
    stack.until_status(ticket, "joined")
    stack.until("the duty phones have rung", lambda: stack.messages_of(stack.alert_of(ticket)["alert_id"]))
    for log in (stack.home / ".local/logs").glob("*.log"):
        content = log.read_text("utf-8", "replace")
        assert not [secret for secret in (text[-36:], phone, phone[1:], "jan.tajny") if secret in content], log.name


def test_every_panel_of_the_dashboard_has_an_answer_from_a_prometheus_that_scraped_the_city(stack: Stack) -> None:
    """Syntax, labels and metrics: each query is asked of the real thing."""
    from deploy.grafana.city_tonight import queries

    prometheus = stack.addresses["prometheus_url"]
    if prometheus is None:
        pytest.skip("Debian's prometheus is not installed here")

    def unanswered() -> list[str]:
        missing = []
        for title, query in queries():
            answer = stack.http.get(f"{prometheus}/api/v1/query", params={"query": query}).json()
            assert answer["status"] == "success", f"{title}: {answer}"
            if not answer["data"]["result"]:
                missing.append(title)
        return missing

    stack.until("every panel has data", lambda: not unanswered() or None, deadline_s=90)
    rules = stack.http.get(f"{prometheus}/api/v1/rules").json()["data"]["groups"]
    assert [rule["name"] for group in rules for rule in group["rules"] if rule["health"] == "err"] == []


def test_wrong_use_of_the_command_line_is_told_apart_from_failure() -> None:
    """0 done, 1 failed, 2 wrong use."""
    run = [sys.executable, "-m", "hejnal"]
    assert subprocess.run([*run, "--help"], capture_output=True, check=False).returncode == 0
    assert subprocess.run([*run, "no-such-command"], capture_output=True, check=False).returncode == 2
