"""Draws the pictures of docs/images from a running stack: `npm --prefix web run screenshots`, after `hejnal demo`.

The stack is the one of `.local/stack.json`; HEJNAL_TEST_STACK names another.
"""

import json
import os
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
PICTURES: Final = (("desk", "light"), ("desk", "dark"), ("phone", "light"))
"""Size and colours in which an alert is drawn; the board and the sensors are drawn once."""


def main() -> None:
    described = Path(os.environ.get("HEJNAL_TEST_STACK", ROOT / ".local" / "stack.json"))
    stack = json.loads(described.read_text(encoding="utf-8"))
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-quic"]
        )
        for size, scheme in PICTURES:
            page = _page(browser, size, scheme)
            _sign_in(page, stack)
            _draw_console(page, stack["console_url"], size, scheme)
            page.context.close()
        _draw_phones(_page(browser, "desk", "light"), stack["sandbox_url"])
        browser.close()


def _page(browser: Browser, size: str, scheme: str) -> Page:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-GB",
        timezone_id="Europe/Warsaw",
        reduced_motion="reduce",
        has_touch=size == "phone",
        is_mobile=size == "phone",
    )
    return context.new_page()


def _sign_in(page: Page, stack: dict[str, Any]) -> None:
    page.goto(stack["console_url"])
    page.locator('[autocomplete="username"]').fill(stack["operator"]["username"])
    page.locator('[type="password"]').fill(stack["operator"]["password"])
    page.locator('button[type="submit"]').click()
    page.locator("[data-freshness=live]").wait_for()


def _draw_console(page: Page, url: str, size: str, scheme: str) -> None:
    page.locator("[data-alert-id]").first.wait_for()
    if (size, scheme) == ("desk", "light"):
        _save(page, f"console-board-{size}-{scheme}")
    page.locator("[data-alert-id] a").first.click()
    page.locator("[data-timeline] li").first.wait_for()
    _save(page, f"console-alert-{size}-{scheme}")
    if (size, scheme) == ("desk", "light"):
        page.goto(f"{url}/?page=sensors")
        page.locator("[data-sensor-id]").first.wait_for()
        _save(page, f"console-sensors-{size}-{scheme}")


def _draw_phones(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_text("Pożar").first.wait_for()
    _save(page, "sandbox-phones")
    page.context.close()


def _save(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / f"{name}.png")


if __name__ == "__main__":
    main()
