"""The home page in a real browser: exactly the planted news, triage by keyboard alone, and undo."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.database.tables import sellers
from dropship_pipeline.storage.review.marks import SellerMarks
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.browser import hurdles, log_in, needs_chromium, open_page
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.cli_runner import add_run
from dropship_pipeline_tests.integration.planted_today import JOBS, MET, Planted, planted_pages, today

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def planted(stack: LocalServers, _migrated_template: str) -> Iterator[Planted]:
    with planted_pages(stack, "today") as world:
        yield world


@pytest.fixture
def page(chromium: Browser, planted: Planted) -> Iterator[Page]:
    with today(chromium, planted) as opened:
        yield opened


def badges(page: Page) -> dict[str, set[str]]:
    """What is said to be news of each seller on the page, but for those without news."""
    rows = page.locator(".lead")
    found = {row.locator(".lead-name").inner_text(): set(row.locator(".badge").all_inner_texts()) for row in rows.all()}
    return {name: said for name, said in found.items() if said}


def test_the_page_of_a_run_says_what_changed_since_the_one_before_it(page: Page, planted: Planted) -> None:
    open_page(page, f"{planted.url}/history/3")
    card = page.get_by_role("region", name="What changed")
    expect(card.get_by_role("link", name="Run 2", exact=True)).to_be_visible()
    for label, number in (("New sellers", 1), ("Sellers that are back", 1), ("Sellers gone", 1), ("Prices moved", 1)):
        expect(card.locator("dl div").filter(has_text=label)).to_have_text(f"{label}{number}")
    card.get_by_text("Sellers gone", exact=True).last.click()
    expect(card.get_by_role("link", name="lost", exact=True)).to_be_visible()
    open_page(page, f"{planted.url}/history/1")
    expect(page.get_by_text("No finished run before it has the same settings.")).to_be_visible()


def test_today_shows_exactly_what_was_planted(page: Page) -> None:
    expect(page.locator(".lead")).to_have_count(len(MET))
    news = {"fresh": {"New"}, "returned": {"Back"}, "lost": {"Gone"}, "dearer": {"Price moved"}}
    assert badges(page) == news
    expect(page.get_by_text("Run 3 against run 2: 1 new, 1 back, 1 gone, 1 with a moved price.")).to_be_visible()
    expect(page.locator(".lead-name").first).to_have_text("steady")
    expect(page.locator(".lead").first).to_contain_text("4 matches · 4 categories · median margin +4 %")


def test_the_parts_of_a_score_are_shown_on_focus_and_add_up_to_it(page: Page) -> None:
    score = page.locator(".score").first
    score.locator(".score-value").focus()
    parts = score.get_by_role("tooltip")
    expect(parts).to_be_visible()
    points = sum(int(line.split(" of ")[0]) for line in parts.inner_text().splitlines() if line[:1].isdigit())
    assert score.locator(".score-value").inner_text() == str(points)


def test_the_evidence_follows_the_selected_row_and_folds_what_is_rejected(page: Page) -> None:
    evidence = page.locator(".today-evidence")
    expect(evidence.get_by_role("heading", name="steady")).to_be_visible()
    expect(evidence.locator("article:visible")).to_have_count(4)
    page.keyboard.press("j")
    expect(evidence.get_by_role("heading", name="fresh")).to_be_visible()
    expect(evidence.locator("article:visible")).to_have_count(3)
    evidence.get_by_text("1 probably not the same product").click()
    expect(evidence.locator("article:visible")).to_have_count(4)
    page.keyboard.press("k")
    expect(evidence.get_by_role("heading", name="steady")).to_be_visible()


def test_ten_sellers_are_triaged_undone_and_done_again_by_keyboard_while_a_second_browser_sees_it(
    page: Page, chromium: Browser, planted: Planted
) -> None:
    context = chromium.new_context()
    other = context.new_page()
    log_in(other, planted.url, planted.token("second person"))
    open_page(other, f"{planted.url}/")
    rows = page.locator(".lead")
    for _ in range(2):
        for left in range(len(MET) - 1, len(MET) - 11, -1):
            page.keyboard.press("s" if left % 2 else "x")
            expect(rows).to_have_count(left)
        expect(other.locator(".lead")).to_have_count(len(MET) - 10)
        marks = SellerMarks(planted.database, "default").of(planted.ids.values()).values()
        assert [sum(one.starred for one in marks), sum(one.hidden for one in marks)] == [5, 5]
        for left in range(len(MET) - 9, len(MET) + 1):
            page.keyboard.press("z")
            expect(rows).to_have_count(left)
    expect(other.locator(".lead")).to_have_count(len(MET))
    context.close()


def test_a_note_is_written_and_taken_back_and_its_letters_are_no_orders(page: Page, planted: Planted) -> None:
    rows = page.locator(".lead")
    page.keyboard.press("n")
    box = page.locator(".today-evidence textarea")
    expect(box).to_be_focused()
    page.keyboard.type("sxj? looks promising")
    page.get_by_role("button", name="Save note").click()
    expect(rows.first.get_by_text("Note", exact=True)).to_be_visible()
    expect(rows).to_have_count(len(MET))
    assert SellerMarks(planted.database, "default").of([planted.ids["steady"]])[planted.ids["steady"]].note == (
        "sxj? looks promising"
    )
    page.locator("h1").click()
    page.keyboard.press("z")
    expect(rows.first.get_by_text("Note", exact=True)).to_have_count(0)


def test_matches_are_judged_by_keyboard_alone_while_a_second_browser_sees_it_and_taken_back(
    page: Page, chromium: Browser, planted: Planted
) -> None:
    context = chromium.new_context()
    other = context.new_page()
    log_in(other, planted.url, planted.token("a colleague"))
    open_page(other, f"{planted.url}/")
    rows, pairs = page.locator(".lead"), page.locator(".today-evidence article")
    at, seen = page.locator(".today-evidence article[aria-current]"), page.locator(".today-evidence article:visible")
    steady = planted.ids["steady"]
    expect(at).to_have_attribute("aria-label", f"Listing {steady}-A1")
    before = rows.first.locator(".score-value").inner_text()
    page.keyboard.press("b")
    expect(seen).to_have_count(3)
    expect(rows.first).to_contain_text("3 matches")
    expect(at).to_have_attribute("aria-label", f"Listing {steady}-A2")
    page.keyboard.press("y")
    expect(page.get_by_role("article", name=f"Listing {steady}-A2").get_by_text("You say: match")).to_be_visible()
    expect(at).to_have_attribute("aria-label", f"Listing {steady}-A3")
    page.keyboard.press("h")
    expect(at).to_have_attribute("aria-label", f"Listing {steady}-A2")
    page.keyboard.press("l")
    expect(other.get_by_text("first person says: match,")).to_be_visible()
    expect(other.locator(".lead").first).to_contain_text("3 matches")
    assert int(rows.first.locator(".score-value").inner_text()) < int(before)
    page.keyboard.press("z")
    expect(page.get_by_text("You say: match")).to_have_count(0)
    page.keyboard.press("z")
    expect(seen).to_have_count(4)
    expect(rows.first.locator(".score-value")).to_have_text(before)
    expect(other.get_by_text("first person says")).to_have_count(0)
    expect(pairs).to_have_count(5)
    context.close()


def test_the_search_is_reached_by_its_key_and_stands_in_the_address(page: Page, planted: Planted) -> None:
    page.keyboard.press("/")
    page.keyboard.type("shop")
    expect(page.locator(".lead")).to_have_count(10)
    expect(page).to_have_url(f"{planted.url}/?search=shop")


def test_a_view_is_shown_without_loading_the_page_and_keeps_what_is_searched_for(page: Page, planted: Planted) -> None:
    page.evaluate("window.stays = true")
    page.keyboard.press("/")
    page.keyboard.type("shop 1")
    expect(page.locator(".lead")).to_have_count(1)
    views = page.get_by_role("navigation", name="Views")
    for view, address, shown in (("Hidden", "/?view=hidden&search=shop+1", 0), ("All", "/?view=all&search=shop+1", 1)):
        views.get_by_role("link", name=view, exact=True).click()
        expect(page.locator(".lead")).to_have_count(shown)
        expect(page).to_have_url(f"{planted.url}{address}")
        expect(views.locator("[aria-current]")).to_have_text([view])
    assert page.evaluate("window.stays")
    page.reload()
    expect(page.locator(".lead")).to_have_count(1)
    expect(views.locator("[aria-current]")).to_have_text(["All"])


def test_a_view_is_kept_by_its_address_for_the_org_and_for_no_other(
    page: Page, chromium: Browser, planted: Planted
) -> None:
    open_page(page, f"{planted.url}/?view=all&search=shop")
    page.get_by_text("Save this view").click()
    page.get_by_label("Name of the view").fill("All shops")
    page.get_by_role("button", name="Save", exact=True).click()
    for org, seen in (("default", 1), ("other", 0)):
        context = chromium.new_context()
        visitor = context.new_page()
        log_in(visitor, planted.url, planted.token(f"visitor of {org}", org=org))
        open_page(visitor, f"{planted.url}/")
        links = visitor.get_by_role("link", name="All shops")
        expect(links).to_have_count(seen)
        if seen:
            links.click()
            expect(visitor.locator(".lead")).to_have_count(10)
        open_page(visitor, f"{planted.url}/?view=all&search=shop")
        expect(visitor.locator(".lead")).to_have_count(10 * seen)
        context.close()


def test_who_may_only_look_is_offered_no_mark(chromium: Browser, planted: Planted) -> None:
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, planted.url, planted.token("looker", "collection.read"))
    open_page(page, f"{planted.url}/")
    page.locator(".lead[aria-current]").wait_for()
    assert page.get_by_role("button", name="Star").count() == page.get_by_role("button", name="Save note").count() == 0
    assert page.get_by_role("button", name="Match", exact=True).count() == 0
    for key in "xy":
        page.keyboard.press(key)
        expect(page.get_by_text("it needs collection.review")).to_be_visible()
    expect(page.locator(".lead")).to_have_count(len(MET))
    context.close()


def test_the_first_visit_of_an_org_offers_the_first_search(chromium: Browser, planted: Planted) -> None:
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, planted.url, planted.token("newcomer", org="empty"))
    open_page(page, f"{planted.url}/")
    expect(page.get_by_role("button", name="Find the first sellers")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_today_fits_and_has_no_moderate_or_serious_hurdle(chromium: Browser, planted: Planted, width: int) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    log_in(page, planted.url, planted.token("reader"))
    open_page(page, f"{planted.url}/")
    assert hurdles(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_each_bar_leads_to_what_it_stands_for_and_the_parts_add_up(page: Page, planted: Planted) -> None:
    charts = page.get_by_role("region", name="Searches over time")
    expect(charts.locator("time").first).to_have_text(re.compile(r"^\d\d [A-Z][a-z]{2}$"))
    expect(charts.get_by_role("region")).to_have_count(3)
    stacks = charts.get_by_role("region", name="Yield by category").locator(".bar-place")
    expect(stacks).to_have_count(len(JOBS))
    for stack in stacks.all():
        parts = [link.get_attribute("aria-label") or "" for link in stack.get_by_role("link").all()]
        matches = [int(part.rsplit(": ", 1)[1].split()[0]) for part in parts]
        assert sum(matches) == int(stack.locator(".bar-figure").inner_text()) > 0
    new = charts.get_by_role("region", name="New sellers a run").get_by_role("link").last
    expect(new).to_have_attribute("href", "/history/3")


def test_what_a_run_finds_is_shown_when_it_ends_without_loading_the_page_again(
    chromium: Browser, planted: Planted
) -> None:
    database = planted.database
    context = chromium.new_context()
    page = context.new_page()
    log_in(page, planted.url, planted.token("waiting", org="late"))
    open_page(page, f"{planted.url}/")
    expect(page.get_by_role("button", name="Find the first sellers")).to_be_visible()
    for number, name in enumerate(("early", "late")):
        records = RunRecords(database, "late")
        run_id = add_run(records, f"late-{number}", f"late-{number}", started_at=utc_now(), status="running")
        seller = {
            "org_id": "late",
            "seller_name": name,
            "seller_name_normalized": name,
            "first_job_id": f"late-{number}",
            "first_seen_at": utc_now(),
            "last_seen_at": utc_now(),
        }
        with database.begin() as connection:
            connection.execute(sellers.insert().values(seller))
        page.wait_for_timeout(1_500)
        records.settlement.finish(run_id, "completed")
        expect(page.locator(".lead-name", has_text=name)).to_be_visible()
    context.close()


def test_rows_that_stay_are_not_drawn_again_and_keep_the_focus(page: Page) -> None:
    page.get_by_role("button", name="Evidence for fresh").focus()
    page.evaluate("document.querySelectorAll('.lead > *').forEach((part) => { part.dataset.old = '' })")
    page.keyboard.press("x")
    expect(page.locator(".lead")).to_have_count(len(MET) - 1)
    assert page.locator(".lead:not(:has(> [data-old]))").count() == 0
    expect(page.get_by_role("button", name="Evidence for fresh")).to_be_focused()
    page.keyboard.press("z")
    expect(page.locator(".lead")).to_have_count(len(MET))
    expect(page.locator(".lead-name").first).to_have_text("steady")
    assert page.locator(".lead:not(:has(> [data-old]))").count() == 1


def test_what_a_browser_makes_up_about_a_row_does_nothing(page: Page, planted: Planted) -> None:
    page.evaluate("""() => {
        const made = document.querySelector('.lead').cloneNode(true);
        made.dataset.of = '999999';
        made.querySelector('[data-do=hide]').dataset.do = 'undo';
        document.querySelector('.inbox').append(made);
        made.querySelectorAll('[data-do]').forEach((one) => one.click());
        made.remove();
    }""")
    page.keyboard.press("j")
    expect(page.locator(".today-evidence").get_by_role("heading", name="fresh")).to_be_visible()
    expect(page.locator(".lead")).to_have_count(len(MET))
    expect(page.locator(".toast:visible")).to_have_count(0)
