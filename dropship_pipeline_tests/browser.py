"""The system's Chromium, headless, for tests that see what a person sees.

`with browser_page() as page:` gives one page; `with browser() as chromium:` gives the browser, for several viewers.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
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

# It would fetch the style sheets once more for rules that are not asked, and leave the page's bar of loading on.
AXE = {"preload": False}
THEME_IS_APPLIED = """dark => document.getAnimations().every(one => one.playState !== 'running')
    && (!window.Quasar || document.body.classList.contains('body--dark') === dark)"""

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


def log_in(page: Page, url: str, token: str) -> None:
    """Log in with a token as the form does, but without drawing it."""
    sent = page.context.request.post(f"{url}/login", form={"token": token}, headers={"Origin": url}, max_redirects=0)
    assert sent.status == HTTPStatus.SEE_OTHER, sent.text()


def log_in_by_hand(page: Page, url: str, token: str, path: str) -> None:
    """Fill in the form that takes a token, and land on a page."""
    page.goto(f"{url}/login?next={path}")
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{url}{path}")


def open_page(page: Page, address: str) -> None:
    """Go to one of our pages and wait until its content and its pictures have been drawn."""
    page.goto(address)
    page.locator("main h1").wait_for()
    page.locator("main :is(.loading, [aria-busy=true])").first.wait_for(state="detached")
    page.wait_for_function("[...document.images].every(image => image.complete || image.loading === 'lazy')")


def hurdles(page: Page) -> list[tuple[str, str, str]]:
    """What is in the way of somebody by day or by night, and why."""
    found: list[tuple[str, str, str]] = []
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(THEME_IS_APPLIED, arg=scheme == "dark")
        found += [(scheme, *one) for one in _hurdles_at_rest(page)]
    return found


def _hurdles_at_rest(page: Page) -> list[tuple[str, str]]:
    """Again while there are some: the bar of what is being loaded has no name, and goes."""
    found: list[tuple[str, str]] = []
    for _ in range(5):
        violations = Axe().run(page, options=AXE).response["violations"]
        found = [(one["id"], one["nodes"][0]["html"][:200]) for one in violations if one["impact"] != "minor"]
        if not found:
            break
        page.wait_for_timeout(300)
    return found
