"""Draws docs/images/console-*.png from a running stack: `npm --prefix web run screenshots`, after `make up` or `make demo`.

The stack is the one of `.local/stack.json`; HEJNAL_TEST_STACK names another.
"""

import json
import os
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
SIZES = {"desk": (1440, 900), "phone": (390, 844)}


def main() -> None:
    described = Path(os.environ.get("HEJNAL_TEST_STACK", ROOT / ".local" / "stack.json"))
    stack = json.loads(described.read_text(encoding="utf-8"))
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-quic"]
        )
        for scheme in ("light", "dark"):
            for size in SIZES:
                _draw(browser, stack, size, scheme)
        browser.close()


def _draw(browser: Browser, stack: dict[str, dict[str, str]], size: str, scheme: str) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="pl-PL",
        timezone_id="Europe/Warsaw",
        reduced_motion="reduce",
        has_touch=size == "phone",
        is_mobile=size == "phone",
    )
    page = context.new_page()
    url, operator = stack["console_url"], stack["operator"]
    page.goto(f"{url}")
    page.locator('[type="password"]').wait_for()
    _save(page, "sign-in", size, scheme)
    page.locator('[autocomplete="username"]').fill(operator["username"])
    page.locator('[type="password"]').fill(operator["password"])
    page.locator('button[type="submit"]').click()
    page.locator("[data-freshness=live]").wait_for()
    page.locator("[data-alert-id]").first.wait_for()
    _save(page, "board", size, scheme)
    page.locator("[data-alert-id] a").first.click()
    page.locator("[data-timeline] li").first.wait_for()
    _save(page, "alert", size, scheme)
    page.goto(f"{url}/?page=sensors")
    page.locator("[data-sensor-id]").first.wait_for()
    _save(page, "sensors", size, scheme)
    context.close()


def _save(page: Page, name: str, size: str, scheme: str) -> None:
    page.mouse.move(0, 0)
    page.screenshot(path=IMAGES / f"console-{name}-{size}-{scheme}.png")


if __name__ == "__main__":
    main()
