"""How fast a job of 5,000 products is judged again from its kept answers, and how much its processes grow meanwhile."""

import html
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from psycopg import connect
from sqlalchemy import Table, insert

from dropship_pipeline.collection.sellers.filter_checks import search_filters
from dropship_pipeline.collection.sellers.search_terms import search_terms
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.localstack.processes import open_log
from dropship_pipeline.marketplaces.ebay.scraperapi import page_request
from dropship_pipeline.marketplaces.ebay.sites import ebay_site
from dropship_pipeline.marketplaces.fields import clean_text
from dropship_pipeline.models import ApiAnswer, ApiRequest, Money, utc_now
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import api_calls, collection_runs, job_products, query_outcomes
from dropship_pipeline.storage.objects import object_store
from dropship_pipeline.storage.raw_answers import pack
from dropship_pipeline_tests.bench.matching_pairs import LISTINGS_A_PRODUCT, fifty_of, titles
from dropship_pipeline_tests.bench.memory import MIB, SAMPLE_S, Growth
from dropship_pipeline_tests.bench.pairs import BenchError
from dropship_pipeline_tests.bench.servers import Place, Servers
from dropship_pipeline_tests.blackbox.cards import newer, seller_line
from dropship_pipeline_tests.blackbox.wire import search_page

SEARCHES, SELLERS, WARM_UP = 5_000, 8_000, 500
JOB_ID = "bench-replay"
# Scripts and styles are most of a real page; they are unpacked and parsed, too.
_REST_OF_PAGE = f"<script>{'let shown = {rank: 1, listing: true}; ' * 6_000}</script>"
_PROGRESS = "SELECT phase_progress FROM collection_runs WHERE job_name = 'replay_collection'"
_FOUND = "SELECT count(*) FROM collection_items WHERE job_id = %s"


@dataclass(frozen=True, slots=True)
class ReplayRun:
    """One replay: its wall time from the command to its end, and the memory of all its processes together."""

    wall_s: float
    growth: Growth

    @property
    def times_quota(self) -> float:
        """How many times as long the searches alone take at the default quota."""
        calls_a_minute = Settings.model_fields["scraperapi_requests_per_minute"].default
        return SEARCHES / float(calls_a_minute) * 60 / self.wall_s


def replayed_job(servers: Servers, place: Place) -> ReplayRun:
    """Keep the answers of a job that never ran, and judge it again by `dagster job execute`.

    Raises:
        BenchError: the run failed, or did not find every listing.
    """
    with closing(Database(place.database_url)) as database:
        _keep_answers(database, place)
    file = Path(place.home) / "replay.yaml"
    file.write_text(json.dumps({"ops": {"replay": {"config": {"replayed_job_id": JOB_ID}}}}), encoding="utf-8")
    log = servers.home.log("replay")
    job = ("job", "execute", "-m", "dropship_pipeline.definitions", "-j", "replay_collection", "-c", str(file))
    began = time.perf_counter()
    with open_log(log) as output:
        run = subprocess.Popen(
            [sys.executable, "-m", "dagster", *job],
            env=servers.dagster_environment(place), stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        sizes = list(_sizes(run, place))
    wall_s = time.perf_counter() - began
    with connect(place.database_url) as connection:
        found = connection.execute(_FOUND, (JOB_ID,)).fetchall()
    if run.returncode or found != [(SEARCHES * LISTINGS_A_PRODUCT,)]:
        raise BenchError(f"the replay ended with {run.returncode} and {found} listings:\n{log.read_text()[-4_000:]}")
    return ReplayRun(wall_s, Growth(SEARCHES - WARM_UP, sizes[0] / MIB, max(sizes) / MIB))


def _sizes(run: "subprocess.Popen[bytes]", place: Place) -> Iterator[int]:
    """Resident memory of the run and all that it started, from the warm-up to the end."""
    warm = False
    while run.poll() is None:
        time.sleep(SAMPLE_S * 5)
        if not warm:
            with connect(place.database_url) as connection:
                warm = any(done >= WARM_UP for (done,) in connection.execute(_PROGRESS))
        if warm and (size := _resident(run.pid)):
            yield size


def _resident(pid: int) -> int:
    total = 0
    try:
        for process in (root := psutil.Process(pid), *root.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0
    return total


def _keep_answers(database: Database, place: Place) -> None:
    """Rows and objects as a search leaves them, but for what a replay makes of its answers."""
    settings = SellersSettings(max_products=SEARCHES)
    run_id = _add_run(database, settings)
    names, others = titles("title_a"), titles("title_b")
    rows: dict[Table, list[dict[str, object]]] = {job_products: [], api_calls: [], query_outcomes: []}
    environment: dict[str, Any] = dict(place.environment())
    with closing(object_store(Settings(**environment))) as objects, ThreadPoolExecutor(4) as threads:
        for number in range(SEARCHES):
            title, price = names[number % len(names)], Money(2_000 + number, "USD")
            filters = search_filters(price, *settings.band)
            request = page_request(clean_text(search_terms(title)) or "", 1, filters, ebay_site("com"))
            key = f"raw/scraperapi/{JOB_ID}/{request.fingerprint}.json.gz"
            page = pack(_page(number, price, fifty_of(number, others)), 10)
            threads.submit(objects.put, key, page, "application/gzip", {})
            for table, row in _rows(number, title, price, request, key, run_id).items():
                rows[table].append({**row, "job_id": JOB_ID, "org_id": "default"})
    with database.begin() as connection:
        for table, of_table in rows.items():
            connection.execute(insert(table), of_table)


def _add_run(database: Database, settings: SellersSettings) -> int:
    run = {
        "job_id": JOB_ID, "org_id": "default", "job_name": "collect_sellers", "status": "completed", "sandbox": True,
        "config": settings.model_dump(mode="json", exclude={"wait_seconds"}), "completed_at": utc_now(),
    }  # fmt: skip
    with database.begin() as connection:
        row = connection.execute(insert(collection_runs).values(run).returning(collection_runs.c.id)).one()
    return int(row.id)


def _rows(
    number: int, title: str, price: Money, request: ApiRequest, key: str, run_id: int
) -> dict[Table, dict[str, object]]:
    """A product of the worklist, the call that it was searched by, and the outcome, without whose they are."""
    asin, now = f"B{number:09}", utc_now()
    return {
        job_products: {
            "asin": asin, "position": number, "title": title, "price_cents": price.cents, "currency": "USD",
            "url": f"https://www.amazon.com/dp/{asin}", "categories": [],
        },
        api_calls: {
            "provider": "scraperapi", "fingerprint": request.fingerprint, "run_id": run_id, "state": "settled",
            "request": {"params": dict(request.params)}, "credits_reserved": 10, "credits": 10, "http_status": 200,
            "raw_key": key,
        },
        query_outcomes: {
            "platform": "ebay", "query": asin, "run_id": run_id, "state": "found", "started_at": now, "ended_at": now,
        },
    }  # fmt: skip


def _page(number: int, price: Money, found: list[str]) -> ApiAnswer:
    """A page of fifty listings whose price is in the band."""
    cards = []
    for position, title in enumerate(found):
        item = number * LISTINGS_A_PRODUCT + position
        cents = price.cents * (85 + position % 30) // 100
        image = f'<img class="s-card__image" src="https://i.ebayimg.com/images/g/{item}/s-l500.webp" alt="">'
        cards.append(
            newer(
                300_000_000_000 + item, html.escape(title), f"${cents // 100}.{cents % 100:02}", image=image,
                lines=["Free delivery", "Located in United States"], subtitle="Brand New",
                seller=seller_line(f"seller {item % SELLERS}", "99.1% positive (154.8K)"),
            )
        )  # fmt: skip
    answer = search_page(cards, next_page=True)
    return ApiAnswer(200, dict(answer.headers), answer.body.replace(b"</body>", f"{_REST_OF_PAGE}</body>".encode()))
