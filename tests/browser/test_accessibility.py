"""WCAG 2.2 AA as far as axe can tell, and no sideways scrolling, on every page, light and dark, at every width."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.stage import Stage
from tests.browser.test_console import FIRE, sign_in

WIDTHS = {"phone": (390, 844), "desk": (1440, 900), "wall": (2560, 1440)}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def faults(page: Page, axe_source: str) -> list[str]:
    page.evaluate(axe_source)
    found: dict[str, Any] = page.evaluate("rules => axe.run({ runOnly: rules })", RULES)
    return [
        f"{violation['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


def assert_no_sideways_scrolling(page: Page) -> None:
    wide = page.evaluate(
        """() => [...document.querySelectorAll('*')]
            .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== 'visible'
                && !e.classList.contains('visually-hidden') && e.clientWidth > 1)
            .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert wide == []


@pytest.fixture(params=[(width, scheme) for width in WIDTHS for scheme in ("light", "dark")], ids="-".join)
def looked_at(request: pytest.FixtureRequest, browser: Browser, browser_context_args: dict[str, Any]) -> Iterator[Page]:
    """A page at each width, light and dark."""
    width, scheme = request.param
    across, down = WIDTHS[width]
    context = browser.new_context(
        **browser_context_args,
        viewport={"width": across, "height": down},
        color_scheme=scheme,
        reduced_motion="reduce",
        has_touch=width == "phone",
    )
    yield context.new_page()
    context.close()


def test_every_page_is_accessible_and_fits(looked_at: Page, stage: Stage, axe_source: str) -> None:
    page = looked_at
    alert_id = stage.report(FIRE)

    def check() -> None:
        assert faults(page, axe_source) == []
        assert_no_sideways_scrolling(page)

    page.goto(stage.console_url)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    check()
    page.get_by_role("button", name="Sign in").click()
    check()
    sign_in(page, stage)
    expect(page.locator("[data-alert-id]").first).to_be_visible()
    check()
    page.goto(f"{stage.console_url}/?alert={alert_id}")
    expect(page.locator("[data-why]")).to_be_visible()
    check()
    page.locator("[data-decision=publish]").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    check()
    page.goto(f"{stage.console_url}/?page=sensors")
    expect(page.locator("[data-sensor-id]").first).to_be_visible()
    check()
    page.goto(f"{stage.console_url}/?q=nosuchwordanywhere")
    expect(page.get_by_role("heading", name="Nothing fits")).to_be_visible()
    check()


def test_what_a_finger_touches_is_large_enough(
    browser: Browser, browser_context_args: dict[str, Any], stage: Stage
) -> None:
    context = browser.new_context(
        **browser_context_args, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    alert_id = stage.report(FIRE)
    sign_in(page, stage, path=f"/?alert={alert_id}")
    expect(page.locator("[data-decision]").first).to_be_visible()
    small = page.locator("button:visible, select:visible, nav a:visible").evaluate_all(
        "all => all.filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML.slice(0, 120))"
    )
    assert small == []
    context.close()


def test_the_sign_of_an_old_picture_can_be_read(page: Page, stage: Stage, axe_source: str) -> None:
    page.clock.install()
    sign_in(page, stage)
    page.route("**/v1/alerts/stream*", lambda route: route.abort())
    page.clock.fast_forward(16_000)
    expect(page.locator("[data-stale]")).to_be_visible()
    page.clock.resume()
    assert faults(page, axe_source) == []
