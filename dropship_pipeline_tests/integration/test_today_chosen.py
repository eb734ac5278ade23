"""Several sellers chosen on the home page, in a real browser: marked, copied, exported and undone as one."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from dropship_pipeline.storage.review.marks import SellerMarks
from dropship_pipeline_tests.browser import log_in, needs_chromium, open_page
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.planted_today import MET, Planted, planted_pages, today

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def planted(stack: LocalServers, _migrated_template: str) -> Iterator[Planted]:
    with planted_pages(stack, "todaychosen") as world:
        yield world


@pytest.fixture
def page(chromium: Browser, planted: Planted) -> Iterator[Page]:
    with today(chromium, planted) as opened:
        yield opened


def test_several_sellers_are_chosen_and_marked_by_keyboard_and_undone_as_one(page: Page, planted: Planted) -> None:
    rows, bar = page.locator(".lead"), page.get_by_role("region", name="Chosen sellers")
    for _ in range(3):
        page.keyboard.press("m")
        page.keyboard.press("j")
    expect(bar).to_contain_text("3 sellers chosen")
    page.keyboard.press("t")
    expect(bar.get_by_label("Tag for the chosen sellers")).to_be_focused()
    page.keyboard.type("call soon")
    page.keyboard.press("Enter")
    expect(rows.get_by_text("call soon", exact=True)).to_have_count(3)
    expect(bar).to_be_hidden()
    page.locator("h1").click()
    page.keyboard.press("z")
    expect(rows.get_by_text("call soon", exact=True)).to_have_count(0)
    for _ in range(3):
        page.keyboard.press("m")
        page.keyboard.press("j")
    expect(bar).to_contain_text("3 sellers chosen")
    page.keyboard.press("x")
    expect(rows).to_have_count(len(MET) - 3)
    marks = SellerMarks(planted.database, "default").of(planted.ids.values()).values()
    assert sum(one.hidden for one in marks) == 3
    page.keyboard.press("z")
    expect(rows).to_have_count(len(MET))


def test_chosen_sellers_are_starred_copied_and_exported_by_buttons(page: Page, planted: Planted) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    rows, bar = page.locator(".lead"), page.get_by_role("region", name="Chosen sellers")
    for name in ("fresh", "lost"):
        page.get_by_label(f"Choose {name}", exact=True).check()
    bar.get_by_role("button", name="Copy names").click()
    expect(page.locator(".toast")).to_contain_text("Copied 2 names")
    assert sorted(page.evaluate("navigator.clipboard.readText()").splitlines()) == ["fresh", "lost"]
    with page.expect_download() as started:
        bar.get_by_role("link", name="Export CSV").click()
    lines = started.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert sorted(re.split("[;,]", line)[0].strip('"') for line in lines[1:]) == ["fresh", "lost"]
    bar.get_by_role("button", name="Star", exact=True).click()
    expect(rows).to_have_count(len(MET) - 2)
    page.keyboard.press("z")
    expect(rows).to_have_count(len(MET))


def test_who_may_only_look_chooses_copies_and_exports_but_marks_nothing(chromium: Browser, planted: Planted) -> None:
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, planted.url, planted.token("choosing looker", "collection.read"))
    open_page(page, f"{planted.url}/")
    page.locator(".lead[aria-current]").wait_for()
    page.keyboard.press("m")
    bar = page.get_by_role("region", name="Chosen sellers")
    expect(bar.get_by_role("link", name="Export Excel")).to_be_visible()
    assert bar.get_by_role("button", name="Star").count() == bar.get_by_label("Tag for").count() == 0
    page.keyboard.press("x")
    expect(page.get_by_text("it needs collection.review")).to_be_visible()
    expect(page.locator(".lead")).to_have_count(len(MET))
    context.close()


def test_no_box_stays_ticked_when_none_is_chosen_any_more(page: Page) -> None:
    ticked = page.locator(".lead-tick:checked")
    page.get_by_label("Choose fresh", exact=True).check()
    page.locator("h1").click()
    page.keyboard.press("m")
    expect(ticked).to_have_count(2)
    page.get_by_role("button", name="Choose none").click()
    expect(ticked).to_have_count(0)
    page.keyboard.press("m")
    expect(ticked).to_have_count(1)
