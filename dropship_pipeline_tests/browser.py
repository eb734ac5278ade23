"""The system's Chromium, headless, for tests that see what a person sees.

`with browser_page() as page:` gives one page; `with browser() as chromium:` gives the browser, for several viewers.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium")
# None of them changes a page; without them Chromium looks for hosts on the internet, and root may not start it.
FLAGS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
WIDTH, HEIGHT = 1280, 900
# On a busy machine a page that is drawn anew takes seconds; nothing is measured by it.
expect.set_options(timeout=20_000)
# The button that starts a run says what that costs.
STARTS = re.compile(r"^Start(, about .*credits?.*)?$")

# In CI a missing browser is an error, not a reason to test less.
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true", reason="Chromium is not installed (Debian: chromium)"
)


@contextmanager
def browser() -> Iterator[Browser]:
    """A fresh Chromium, closed at the end."""
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else [*FLAGS]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM or "chromium", args=flags)
        try:
            yield chromium
        finally:
            chromium.close()


@contextmanager
def browser_page(*, width: int = WIDTH, height: int = HEIGHT, dark: bool = False) -> Iterator[Page]:
    """One page of a fresh Chromium, with its own cookies."""
    with browser() as chromium:
        page = chromium.new_page(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", accept_downloads=True
        )
        yield page


def log_in(page: Page, url: str, token: str, path: str = "/collect") -> None:
    """Log in with a token, and land on a page."""
    page.goto(f"{url}/login?next={path}")
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{url}{path}")


def open_page(page: Page, address: str) -> None:
    """Go to one of our pages and wait until its content has been drawn."""
    page.goto(address)
    page.locator("main h1").wait_for()
    page.locator("main .loading").wait_for(state="hidden")
    page.wait_for_load_state("networkidle")
