"""How quick the list of sellers is, and how large the server grows while it exports all of them.

The admin page's own process is asked over HTTP, with a token, as a program would ask it; then by a browser.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

import httpx
import psutil

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.tokens import Tokens
from dropship_pipeline_tests.admin_server import admin_server
from dropship_pipeline_tests.bench.admin_data import SELLERS, fill
from dropship_pipeline_tests.bench.pairs import BenchError
from dropship_pipeline_tests.bench.review_at_scale import Timed, changed_at_scale, scored_at_scale, seen_at_scale
from dropship_pipeline_tests.bench.servers import Place
from dropship_pipeline_tests.browser import browser, log_in, open_page

MIB = 1024 * 1024
# Half of all names, a tenth, one in fifty, a handful, one, none.
TERMS = ("shop", "blue", "9f", "a1b2", "zebra", "nothing at all")
SORTS = ("name", "products", "feedback", "first_seen", "last_seen", "runs")
DEEP_PAGES = 40
REPEATS = 3
_LIST = "/api/collection/sellers"


@dataclass(frozen=True, slots=True)
class AdminReads:
    """What was measured.

    Args:
        shallow_p95_ms: of the first page of a search, over all terms, orders and directions.
        deep_p95_ms: of a page behind `DEEP_PAGES` pages of 500 rows, or behind the last but one.
        growth_mib: by how much the server's memory grew at most during an export, over that before it.
        export_rows_per_s: sellers exported a second.
        page_s: from the click to the first row of the page of sellers in Chromium, once a repetition.
        scores: of every seller, the first time and anew.
        changes: what changed between the two latest searches, as the API says it.
        seen: what a person did in Chromium until the rows were drawn, by what that was.
    """

    shallow_p95_ms: float
    deep_p95_ms: float
    growth_mib: float
    export_rows_per_s: float
    page_s: Sequence[float]
    scores: Timed
    changes: Timed
    seen: Mapping[str, Timed]


def admin_reads(place: Place) -> AdminReads:
    """Fill the place's database and measure."""
    database = Database(place.database_url)
    try:
        fill(database)
        token = Tokens(database).create("bench", ["admin.*"], org="default").secret.get_secret_value()
    finally:
        database.close()
    scores = scored_at_scale(place)
    with admin_server(place.environment()) as (process, url):
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60) as client:
            shallow, deep = _pages(client)
            _export(client, process, "csv")  # whatever is loaded once is loaded now
            growths, rates = zip(*(_export(client, process, form) for form in ("csv", "json")), strict=True)
            changes = changed_at_scale(place, client)
        page_s = _page(url, token)
        seen = seen_at_scale(place, url, token)
    return AdminReads(_p95(shallow), _p95(deep), max(growths), min(rates), page_s, scores, changes, seen)


def _page(url: str, token: str) -> list[float]:
    """Seconds until the table can be used, each time in a browser that has nothing cached."""
    found: list[float] = []
    with browser() as chromium:
        for _ in range(REPEATS):
            context = chromium.new_context()
            page = context.new_page()
            log_in(page, url, token)
            open_page(page, f"{url}/history")
            began = time.perf_counter()
            page.goto(f"{url}/sellers")
            page.locator("tbody a").first.wait_for()
            found.append(time.perf_counter() - began)
            context.close()
    return found


def _pages(client: httpx.Client) -> tuple[list[float], list[float]]:
    """Milliseconds of first and of deep pages."""
    shallow: list[float] = []
    deep: list[float] = []
    for term in TERMS:
        for sort in SORTS:
            for order in ("asc", "desc"):
                query = {"search": term, "sort": sort, "order": order}
                shallow += [_timed(client, query) for _ in range(REPEATS)]
                cursor = _walked(client, query)
                if cursor is not None:
                    deep += [_timed(client, {**query, "cursor": cursor}) for _ in range(REPEATS)]
    return shallow, deep


def _walked(client: httpx.Client, query: dict[str, str]) -> str | None:
    """The cursor of the deepest page that is looked at; None where there is only one."""
    last: str | None = None
    for _ in range(DEEP_PAGES):
        params = {**query, "page_size": "500", **({"cursor": last} if last else {})}
        following = client.get(_LIST, params=params).raise_for_status().json()["next_cursor"]
        if following is None:
            break
        last = following
    return last


def _timed(client: httpx.Client, query: dict[str, str]) -> float:
    began = time.perf_counter()
    client.get(_LIST, params=query).raise_for_status()
    return (time.perf_counter() - began) * 1_000


def _export(client: httpx.Client, process: psutil.Process, form: str) -> tuple[float, float]:
    """By how many MiB the server grew at most, and rows a second."""
    before = most = process.memory_info().rss
    rows, began = 0, time.monotonic()
    with client.stream("GET", f"{_LIST}/export", params={"format": form}) as answer:
        answer.raise_for_status()
        for piece in answer.iter_raw():
            rows += piece.count(b"\n")
            most = max(most, process.memory_info().rss)
    if rows < SELLERS * 0.99:
        raise BenchError(f"the export has {rows} lines for {SELLERS} sellers")
    return (most - before) / MIB, rows / (time.monotonic() - began)


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20)[-1]
