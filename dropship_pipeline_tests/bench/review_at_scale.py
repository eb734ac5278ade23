"""How quick scorecards, what changed, and the lists of sellers in a browser are with 1,000,000 listings.

Beside each stands Postgres alone: SQL that asks the same, written plainly and with none of our own code.
"""

import io
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import chain

import httpx
import psycopg
from PIL import Image
from playwright.sync_api import Locator, Page

from dropship_pipeline.collection.sellers.scoring import score_sellers
from dropship_pipeline.settings import load_settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.images.store import put_image
from dropship_pipeline.storage.objects import object_store
from dropship_pipeline_tests.bench.admin_data import BEFORE, LATEST, keep_picture
from dropship_pipeline_tests.bench.servers import Place
from dropship_pipeline_tests.browser import browser, log_in, open_page

REPEATS, LONG_REPEATS = 3, 2
QUIET_MS, STEP_MS, LONGEST_S = 400, 50, 60
OPENED = "Today, first rows"
_ROWS = "tbody tr"
_LEADS = "[...document.querySelectorAll('.lead-name')].map(name => name.textContent).join()"
_NAMES = "[...document.querySelectorAll('tbody td:first-child')].map(name => name.textContent).join()"
# Each seller's facts that need all its listings, as each was seen last, kept in a table.
_BARE_SCORES = """
    CREATE TEMP TABLE facts ON COMMIT DROP AS
    WITH listings AS (
        SELECT DISTINCT ON (seller_id, asin, item_id) seller_id, asin, match_band, photo_band,
            (ebay_price_cents + shipping_cents) * 0.864 / amazon_price_cents AS margin
        FROM collection_items WHERE org_id = 'default' ORDER BY seller_id, asin, item_id, seen_at DESC
    ), lists AS (
        SELECT DISTINCT asin, list ->> 'category' AS category
        FROM job_products, jsonb_array_elements(categories) AS list
    )
    SELECT * FROM (
        SELECT seller_id, count(DISTINCT asin) AS products, count(*) FILTER (WHERE photo_band = 'same') AS photos,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY margin) AS median
        FROM listings WHERE match_band = 'accept' GROUP BY seller_id
    ) AS numbers JOIN (
        SELECT seller_id, count(DISTINCT category) AS categories
        FROM listings JOIN lists USING (asin) WHERE match_band = 'accept' GROUP BY seller_id
    ) AS variety USING (seller_id)
"""
_BARE_CHANGES = f"""
    SELECT count(*) FILTER (WHERE earlier.asin IS NULL), count(*) FILTER (WHERE later.asin IS NULL),
        count(*) FILTER (WHERE earlier.ebay_price_cents <> later.ebay_price_cents),
        count(*) FILTER (WHERE earlier.match_band <> later.match_band),
        count(DISTINCT earlier.seller_id), count(DISTINCT later.seller_id)
    FROM (SELECT * FROM collection_items WHERE job_id = 'search-{BEFORE}') AS earlier
        FULL JOIN (SELECT * FROM collection_items WHERE job_id = 'search-{LATEST}') AS later USING (asin, item_id)
"""
_BARE_PAGE = """
    SELECT * FROM sellers LEFT JOIN seller_scores ON seller_id = sellers.id
    WHERE sellers.org_id = 'default' AND {} ORDER BY {} DESC, sellers.id DESC LIMIT 51
"""
_MARKED = "EXISTS (SELECT FROM seller_marks WHERE seller_marks.seller_id = sellers.id AND {})"
_TO_REVIEW = "NOT " + _MARKED.format("(starred OR hidden)")
_LISTED = """sellers.id IN (
    SELECT seller_id FROM collection_items JOIN job_products USING (job_id, asin)
    WHERE job_products.org_id = 'default' AND job_products.categories @> '[{"category": "List 7"}]'
)"""
# The views of Today, and the filters of the page of sellers: its field, what is entered there, and the same as SQL.
_VIEWS = {"Starred": _MARKED.format("starred"), "Hidden": _MARKED.format("hidden"), "All": "true"}
_FILTERS = (
    ("Min. score", "40", "likelihood >= 40"),
    ("Marks", "starred", _MARKED.format("starred")),
    ("Marks", "hidden", _MARKED.format("hidden")),
    ("Tag", "to call", _MARKED.format("tags @> ARRAY['to call']")),
    ("Category", "List 7", _LISTED),
    ("Margin from, %", "-10", "median_margin >= -0.1"),
)


# What was done, how it is done again, and the same as SQL.
Step = tuple[str, Callable[[], object], str]


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of ours, and of Postgres alone; one a repetition."""

    ours_s: list[float] = field(default_factory=list)
    bare_s: list[float] = field(default_factory=list)


def scored_at_scale(place: Place) -> Timed:
    """Compute every scorecard, the first time and then anew; keep a picture for all listings."""
    os.environ.update(place.environment())
    settings = load_settings()
    database, objects = Database.from_settings(settings), object_store(settings)
    try:
        keep_picture(database, put_image(objects, _picture()))
        ours_s = [_seconds(lambda: score_sellers(database, "default", "", settings)) for _ in range(LONG_REPEATS)]
    finally:
        objects.close()
        database.close()
    return Timed(ours_s, [_bare(place, _BARE_SCORES) for _ in range(LONG_REPEATS)])


def changed_at_scale(place: Place, client: httpx.Client) -> Timed:
    """Ask the API what changed between the two searches."""
    address = f"/api/collection/runs/{LATEST}/changes"
    ours_s = [_seconds(lambda: client.get(address).raise_for_status()) for _ in range(LONG_REPEATS)]
    return Timed(ours_s, [_bare(place, _BARE_CHANGES) for _ in range(LONG_REPEATS)])


def seen_at_scale(place: Place, url: str, token: str) -> Mapping[str, Timed]:
    """Use Today and the page of sellers in Chromium; each time until the rows are drawn. By what was done."""
    found: dict[str, Timed] = {}
    with browser() as chromium:
        for _ in range(REPEATS):
            context = chromium.new_context()
            page = context.new_page()
            pictures = _Pictures(page)
            log_in(page, url, token)
            open_page(page, f"{url}/history")
            for name, act, bare in chain(_on_today(page, url), _on_sellers(page, url)):
                pictures.settle()
                timed = found.setdefault(name, Timed())
                timed.ours_s.append(_seconds(act))
                timed.bare_s.append(_bare(place, bare))
            context.close()
    return found


class _Pictures:
    """The pictures that a page is loading: a person looks at them before the next click."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._loading: set[str] = set()
        page.on("request", lambda request: self._loading.add(request.url) if "/media/" in request.url else None)
        page.on("requestfinished", lambda request: self._loading.discard(request.url))
        page.on("requestfailed", lambda request: self._loading.discard(request.url))

    def settle(self) -> None:
        """Wait until none was loading for a while."""
        quiet, ends = 0, time.monotonic() + LONGEST_S
        while quiet < QUIET_MS:
            if time.monotonic() > ends:
                raise TimeoutError(f"Pictures that are not loaded after {LONGEST_S} s: {sorted(self._loading)[:5]}")
            self._page.wait_for_timeout(STEP_MS)
            quiet = 0 if self._loading else quiet + STEP_MS


def _on_today(page: Page, url: str) -> Iterator[Step]:
    bare = _BARE_PAGE.format(_TO_REVIEW, "likelihood")
    charts = page.locator(".today-charts .bar-figure").first

    def opened() -> None:
        page.goto(url, wait_until="commit")
        page.locator(".lead[aria-current]").wait_for()

    def other_sellers(act: Callable[[], object]) -> None:
        _others_shown(page, _LEADS, act, also="document.querySelector('.lead[aria-current]')")

    def pressing(button: Locator) -> Callable[[], object]:
        """What is pressed is in sight, and so are the pictures beside it."""
        button.scroll_into_view_if_needed()
        return lambda: other_sellers(button.click)

    yield OPENED, opened, bare
    charts.wait_for()
    yield "Today, next page", pressing(page.get_by_role("button", name="Next")), bare
    views = page.get_by_role("navigation", name="Views")
    for view, condition in _VIEWS.items():
        link = views.get_by_role("link", name=view, exact=True)
        yield f"Today, view {view}", pressing(link), _BARE_PAGE.format(condition, "likelihood")


def _on_sellers(page: Page, url: str) -> Iterator[Step]:
    def chose(label: str, value: str) -> None:
        box = page.get_by_role("form", name="Filter sellers").get_by_label(label, exact=True)
        _others_shown(page, _NAMES, lambda: box.select_option(value) if label == "Marks" else box.fill(value))

    for label, value, condition in _FILTERS:
        page.goto(f"{url}/sellers?score=1")
        page.locator(_ROWS).first.wait_for()
        # A filter shows the first page again, of which the rows may be those that were the first before.
        _others_shown(page, _NAMES, page.get_by_role("button", name="Next").click)
        page.get_by_text(", page 2").wait_for()  # the rows are counted
        yield (
            f"Sellers, {label} {value}",
            partial(chose, label, value),
            _BARE_PAGE.format(condition, "sellers.products"),
        )


def _others_shown(page: Page, names: str, act: Callable[[], object], *, also: str = "true") -> None:
    """Do it, and wait until the rows are of other sellers."""
    before = page.evaluate(names)
    act()
    page.wait_for_function(f"before => {names} !== before && {names} !== '' && {also}", arg=before, polling=10)


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _bare(place: Place, statement: str) -> float:
    """Seconds until all of a statement's rows are here."""
    with psycopg.connect(place.database_url) as connection:
        return _seconds(lambda: connection.execute(statement.encode()))


def _picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (500, 500), "teal").save(file, "JPEG")
    return file.getvalue()
