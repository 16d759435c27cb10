"""An operator's work at the console, in a real browser."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.stage import Person, Stage

FIRE = "Pali się dach, ludzie wołają o pomoc, ul. Testowa"
HOSTILE = (
    "Pożar! <img src=x onerror=\"document.title='owned'\"> <script>document.title='owned'</script> "
    "</li><h1>Alarm</h1> &lt;b&gt; {@html 1} javascript:alert(1)"
)


def sign_in(page: Page, stage: Stage, person: Person | None = None, path: str = "/") -> None:
    person = person or stage.operator
    page.goto(f"{stage.console_url}{path}")
    page.locator('[autocomplete="username"]').fill(person.username)
    page.locator('[type="password"]').fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("main#content")).to_be_visible()
    expect(page.locator("[data-freshness=live]")).to_be_visible()


def row(page: Page, alert_id: str) -> Locator:
    return page.locator(f'[data-alert-id="{alert_id}"]')


def open_alert(page: Page, alert_id: str) -> None:
    row(page, alert_id).get_by_role("link").click()
    expect(page.locator(f'[data-alert-page="{alert_id}"] h1')).to_be_visible()


def test_a_wrong_password_is_said_and_the_right_one_opens_the_board(page: Page, stage: Stage) -> None:
    page.goto(stage.console_url)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Enter your user name")
    page.get_by_label("User name").fill(stage.operator.username)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    expect(page.get_by_label("Password")).to_have_value("")
    page.get_by_label("Password").fill(stage.operator.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Alerts")).to_be_visible()


def test_too_many_attempts_say_how_long_to_wait(page: Page, fake_stage: Stage) -> None:
    """At a real console it would shut out the tests that follow."""
    page.goto(fake_stage.console_url)
    page.get_by_label("User name").fill("nobody")
    message = page.get_by_role("alert")
    for _ in range(8):
        page.get_by_label("Password").fill("guess")
        with page.expect_response("**/v1/session") as answer:
            page.get_by_role("button", name="Sign in").click()
        if answer.value.status == 429:
            break
    expect(message).to_have_text(re.compile(r"Too many attempts\. Try again in 30 seconds"))


def test_a_session_outlives_a_reload_and_ends_by_signing_out(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    page.reload()
    expect(page.get_by_role("heading", name="Alerts")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_session_that_ends_by_itself_is_said(page: Page, stage: Stage) -> None:
    alert_id = stage.report(FIRE)
    sign_in(page, stage)
    page.context.clear_cookies()
    row(page, alert_id).get_by_role("link").click()
    expect(page.get_by_text("Your session has ended.")).to_be_visible()
    expect(page.locator("[data-alert-id]")).to_have_count(0)


def test_a_new_critical_alert_appears_by_itself_and_is_announced(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    alert_id = stage.report(FIRE)
    expect(row(page, alert_id)).to_be_visible()
    expect(row(page, alert_id)).to_have_attribute("data-urgency", re.compile("critical|high"))
    expect(row(page, alert_id)).to_contain_text("New")
    expect(page.locator("[data-announcement]")).to_contain_text("New critical alert")


def test_rows_are_sorted_by_urgency(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    stage.report(FIRE)
    order = ["critical", "high", "medium", "low", "none"]
    urgencies = page.locator("[data-alert-id]").evaluate_all("rows => rows.map(row => row.dataset.urgency)")
    assert urgencies == sorted(urgencies, key=order.index)


def test_the_row_under_the_pointer_stays_where_it_is(page: Page, stage: Stage) -> None:
    stage.report(FIRE)
    sign_in(page, stage)
    pointed = page.locator("[data-alert-id]").last
    pointed.hover()
    before = pointed.bounding_box()
    pointed_id = pointed.get_attribute("data-alert-id") or ""
    for _ in range(3):
        expect(row(page, stage.report(FIRE))).to_be_attached()
    after = row(page, pointed_id).bounding_box()
    assert before is not None
    assert after is not None
    assert after["y"] == pytest.approx(before["y"], abs=1)


def test_an_acknowledgement_is_pending_until_the_log_has_it(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    alert_id = stage.report(FIRE)
    open_alert(page, alert_id)
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator("[data-decision-state=pending], [data-decision-state=applied]")).to_be_visible()
    expect(row(page, alert_id)).to_have_attribute("data-state", "acknowledged")
    expect(row(page, alert_id)).to_contain_text(stage.operator.username)
    expect(page.locator("[data-timeline]")).to_contain_text("Acknowledge")


def test_dismissing_asks_for_a_reason(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    alert_id = stage.report(FIRE)
    open_alert(page, alert_id)
    page.get_by_role("button", name="Dismiss").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Dismiss").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Write something")
    dialog.get_by_label("Reason").fill("An exercise of the fire brigade")
    dialog.get_by_role("button", name="Dismiss").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Reopen")).to_be_visible()


def test_of_two_operators_the_second_sees_what_changed_and_is_asked(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    alert_id = stage.report(FIRE)
    open_alert(page, alert_id)
    page.get_by_role("button", name="Note").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Note").fill("Called the caretaker")
    stage.decide_as_other(alert_id, "acknowledge")
    dialog.get_by_role("button", name="Note").click()
    conflict = page.locator("[data-conflict]")
    expect(conflict).to_contain_text("Acknowledged")
    expect(conflict).to_contain_text(stage.supervisor.username)
    page.get_by_role("button", name="Note all the same").click()
    expect(conflict).to_be_hidden()
    expect(page.locator("[data-timeline]")).to_contain_text("Called the caretaker")


def test_hostile_texts_are_shown_and_never_run(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    alert_id = stage.report(HOSTILE)
    expect(row(page, alert_id)).to_be_visible()
    open_alert(page, alert_id)
    expect(page.locator("[data-evidence]").first).to_contain_text("<img src=x onerror=")
    expect(page.locator("[data-evidence]").first).to_contain_text("<script>")
    expect(page.locator("main img, main script")).to_have_count(0)
    expect(page).not_to_have_title("owned")


def test_filters_are_kept_in_the_address(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    alert_id = stage.report(FIRE)
    page.get_by_label("Least urgency").select_option("high")
    page.get_by_role("searchbox").fill("Testowa")
    expect(page).to_have_url(re.compile(r"least_urgency=high&q=Testowa"))
    page.reload()
    expect(row(page, alert_id)).to_be_visible()
    expect(page.get_by_role("searchbox")).to_have_value("Testowa")
    expect(page.locator("[data-urgency=low], [data-urgency=medium]")).to_have_count(0)
    page.get_by_role("button", name="Clear the filters").click()
    expect(page).not_to_have_url(re.compile("least_urgency"))
    expect(page.get_by_role("searchbox")).to_have_value("")


def test_a_filter_that_fits_nothing_says_so(page: Page, stage: Stage) -> None:
    sign_in(page, stage, path="/?q=nosuchwordanywhere")
    expect(page.get_by_role("heading", name="Nothing fits these filters")).to_be_visible()


def test_fifteen_seconds_of_silence_are_shown_and_mended(page: Page, stage: Stage) -> None:
    page.clock.install()
    sign_in(page, stage)
    page.route("**/v1/alerts/stream*", lambda route: route.abort())
    page.clock.fast_forward(16_000)
    expect(page.locator("[data-stale]")).to_be_visible()
    expect(page.locator("[data-freshness=stale]")).to_be_visible()
    page.unroute("**/v1/alerts/stream*")
    expect(page.locator("[data-freshness=live]")).to_be_visible()
    expect(page.locator("[data-stale]")).to_be_hidden()


def test_a_viewer_reads_and_is_offered_no_decision(page: Page, stage: Stage) -> None:
    alert_id = stage.report(FIRE)
    sign_in(page, stage, stage.viewer, path=f"/?alert={alert_id}")
    expect(page.get_by_text("You may read, not decide.")).to_be_visible()
    expect(page.locator("[data-decision]")).to_have_count(0)


def test_sensors_that_need_somebody_come_first(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    page.get_by_role("link", name="Sensors").click()
    expect(page.locator('[data-sensor-id="san-przemysl-1"]')).to_be_visible()
    states = page.locator("[data-sensor-id]").evaluate_all("rows => rows.map(row => row.classList[0])")
    order = ["silent", "alarm", "fault", "warning", "unregistered", "ok"]
    assert states == sorted(states, key=order.index)


def test_the_whole_work_goes_by_keyboard(page: Page, stage: Stage) -> None:
    alert_id = stage.report(FIRE)
    page.goto(stage.console_url)
    page.get_by_label("User name").focus()
    page.keyboard.type(stage.operator.username)
    page.keyboard.press("Tab")
    page.keyboard.type(stage.operator.password)
    page.keyboard.press("Enter")
    expect(row(page, alert_id)).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Keyboard")
    page.keyboard.press("Escape")
    for _ in range(page.locator("[data-alert-id]").count()):
        page.keyboard.press("j")
        if f"alert={alert_id}" in page.url:
            break
    expect(page.locator(f'[data-alert-page="{alert_id}"] h1')).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("h1:focus")).to_be_visible()
    page.keyboard.press("a")
    expect(row(page, alert_id)).to_have_attribute("data-state", "acknowledged")
    expect(page.locator("[data-decision-state=pending]")).to_be_hidden()
    page.keyboard.press("n")
    page.keyboard.type("Two engines are on their way")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-timeline]")).to_contain_text("Two engines are on their way")
    page.keyboard.press("Escape")
    expect(page.locator("[data-alert-page]")).to_be_hidden()
    expect(page.locator(":focus")).to_have_attribute("href", re.compile(alert_id))


def test_the_language_follows_the_choice_and_is_kept(page: Page, stage: Stage) -> None:
    sign_in(page, stage)
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_label("Language").select_option("uk")
    expect(page.locator("html")).to_have_attribute("lang", "uk")
    expect(page.get_by_role("heading", name="Тривоги")).to_be_visible()
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "uk")
    page.get_by_label("Мова").select_option("pl")
    expect(page.get_by_role("button", name="Wyloguj")).to_be_visible()
