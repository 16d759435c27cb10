"""The console's decisions, each a pure function."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.console.core.credentials import csrf_token, fingerprint, is_csrf_token
from services.console.core.map import geometry
from services.console.core.paging import after, cursor
from services.console.core.published import Alert, published
from services.console.core.resuming import NOTHING_YET, StartReason, start_of
from services.console.core.roles import Role, is_open, is_unsafe, least_role
from services.console.core.searching import patterns, searchable
from services.console.core.signing_in import SignIn, sign_in_outcome
from services.console.core.sse import alert_event
from services.console.core.statistics import median_seconds
from services.console.core.timeline import EntryKind, VersionRow, timeline
from shared.errors import Invalid
from shared.events import AlertState, Category, Urgency
from shared.pack import Area, Point, distance_m
from tests.console_builders import NOON, an_alert


@pytest.mark.parametrize(
    ("given_position", "newest", "missed", "position", "reason"),
    [
        (None, 7, 0, 7, StartReason.FROM_NOW),
        (None, NOTHING_YET, 0, -1, StartReason.FROM_NOW),
        ("5", 7, 2, 5, StartReason.RESUMED),
        ("7", 7, 0, 7, StartReason.RESUMED),
        ("-1", 7, 3, -1, StartReason.RESUMED),
        ("0", 7, 10, 0, StartReason.RESUMED),
        ("0", 7, 11, 7, StartReason.TOO_MUCH_MISSED),
        ("8", 7, 0, 7, StartReason.UNKNOWN_POSITION),
        ("0", NOTHING_YET, 0, -1, StartReason.UNKNOWN_POSITION),
        ("seven", 7, 0, 7, StartReason.NOT_A_POSITION),
        ("-2", 7, 0, 7, StartReason.NOT_A_POSITION),
        ("", 7, 0, 7, StartReason.NOT_A_POSITION),
    ],
)
def test_a_stream_goes_on_where_the_client_was_or_says_why_not(
    given_position: str | None, newest: int, missed: int, position: int, reason: StartReason
) -> None:
    start = start_of(given_position, newest=newest, missed_most=10, missed=missed)
    assert (start.position, start.reason) == (position, reason)


@given(
    at=some.datetimes(min_value=datetime(1970, 1, 1), timezones=some.just(UTC)),
    key=some.text(some.characters(codec="utf-8", exclude_characters="\0")),
)
def test_a_cursor_leads_back_to_where_it_was_made(at: datetime, key: str) -> None:
    assert after(cursor(at, key)) == (at, key)


@given(some.text(max_size=30))
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="unknown_cursor"):
        after(f"{text}!")


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [
        ("POŻAR", "Pożar w kamienicy", True),
        ("zrodlo", "Źródło", True),
        ("пожежа", "Пожежа на площі", True),
        ("100%", "100 %", False),
        ("a_b", "axb", False),
    ],
)
def test_search_is_without_case_and_marks_and_takes_signs_as_they_are(query: str, text: str, found: bool) -> None:
    (pattern,) = patterns(query)
    plain = pattern.strip("%").replace("\\", "") if found else pattern[1:-1].replace("\\%", "%").replace("\\_", "_")
    assert (plain in searchable(text)) == found


def test_each_role_may_what_those_before_it_may() -> None:
    assert [role for role in Role if role.at_least(Role.OPERATOR)] == [
        Role.OPERATOR,
        Role.SUPERVISOR,
        Role.ADMINISTRATOR,
    ]


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("GET", "/v1/alerts", Role.VIEWER),
        ("GET", "/v1/audit", Role.SUPERVISOR),
        ("POST", "/v1/alerts/a/decisions", Role.OPERATOR),
        ("DELETE", "/v1/session", Role.VIEWER),
        ("POST", "/v1/alerts/a/decisions/b", Role.ADMINISTRATOR),
        ("PATCH", "/v1/alerts", Role.ADMINISTRATOR),
    ],
)
def test_what_no_rule_names_only_an_administrator_may(method: str, path: str, role: Role) -> None:
    assert least_role(method, path) is role


@pytest.mark.parametrize(
    ("method", "path", "open_"),
    [
        ("POST", "/v1/session", True),
        ("GET", "/v1/session", False),
        ("DELETE", "/v1/session", False),
        ("GET", "/healthz", True),
        ("GET", "/", True),
        ("GET", "/v1/alerts/stream", False),
    ],
)
def test_only_sign_in_and_what_is_no_ones_secret_is_open(method: str, path: str, open_: bool) -> None:
    assert is_open(method, path) is open_


def test_only_reading_is_safe() -> None:
    assert [
        method for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "X") if is_unsafe(method)
    ] == [
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "X",
    ]


def test_a_page_token_belongs_to_one_session() -> None:
    assert is_csrf_token("one", csrf_token("one"))
    assert not is_csrf_token("one", csrf_token("other"))
    assert not is_csrf_token("one", "")
    assert fingerprint("one") not in csrf_token("one")


@pytest.mark.parametrize(
    ("known", "disabled", "fits", "outcome"),
    [
        (True, False, True, SignIn.SIGNED_IN),
        (True, False, False, SignIn.WRONG_PASSWORD),
        (True, True, True, SignIn.DISABLED),
        (True, True, False, SignIn.WRONG_PASSWORD),
        (False, False, False, SignIn.UNKNOWN_USER),
    ],
)
def test_a_try_to_sign_in_comes_to(known: bool, disabled: bool, fits: bool, outcome: SignIn) -> None:
    assert sign_in_outcome(is_known=known, is_disabled=disabled, password_fits=fits) is outcome


def test_an_alert_is_one_line_and_keeps_its_shape() -> None:
    document = published(an_alert(title="Zwei\nZeilen\u2028drei"))
    assert "\n" not in document
    assert Alert.model_validate_json(document).title == "Zwei\nZeilen\u2028drei"
    assert alert_event(3, document).data.count(b"\n") == 4


def _version(**changes: object) -> VersionRow:
    given: dict[str, object] = {
        "changed_at": NOON,
        "state": AlertState.OPEN,
        "category": Category.FIRE,
        "urgency": Urgency.HIGH,
        "report_count": 1,
        "reading_count": 0,
        "assigned_to": None,
        "public": False,
        "merged_into": None,
    }
    return VersionRow(**(given | changes))  # type: ignore[arg-type]


def test_a_timeline_names_every_change_between_two_versions() -> None:
    later = NOON + timedelta(seconds=1)
    after_ = _version(
        changed_at=later,
        state=AlertState.RESOLVED,
        category=Category.GAS,
        urgency=Urgency.CRITICAL,
        report_count=3,
        reading_count=2,
        assigned_to="Ola",
        public=True,
        merged_into="alert-2",
    )
    entries = timeline([_version(), after_], [], [])
    assert [(entry.kind, entry.before, entry.after, entry.count) for entry in entries] == [
        (EntryKind.OPENED, None, "high", 1),
        (EntryKind.REPORTS_JOINED, None, None, 2),
        (EntryKind.READINGS_JOINED, None, None, 2),
        (EntryKind.STATE_CHANGED, "open", "resolved", None),
        (EntryKind.URGENCY_CHANGED, "high", "critical", None),
        (EntryKind.CATEGORY_CHANGED, "fire", "gas", None),
        (EntryKind.ASSIGNED, None, "Ola", None),
        (EntryKind.MERGED, None, "alert-2", None),
        (EntryKind.PUBLISHED, None, None, None),
    ]


def test_a_refused_decision_alone_changes_nothing_in_the_timeline() -> None:
    assert len(timeline([_version(), _version()], [], [])) == 1


@given(lat=some.floats(-80, 80), lon=some.floats(-170, 170), radius_m=some.floats(50, 20_000))
def test_a_circle_is_a_closed_ring_at_its_radius(lat: float, lon: float, radius_m: float) -> None:
    area = Area(centre=Point(lat=lat, lon=lon), radius_m=radius_m, source="test")
    (ring,) = geometry(area)["coordinates"]
    assert ring[0] == ring[-1]
    for corner_lon, corner_lat in ring:
        assert distance_m(lat, lon, corner_lat, corner_lon) == pytest.approx(radius_m, rel=0.01, abs=0.2)


def test_the_median_of_nothing_is_not_known() -> None:
    assert median_seconds([]) is None
    assert median_seconds([timedelta(seconds=3), timedelta(seconds=9), timedelta(seconds=5)]) == 5
