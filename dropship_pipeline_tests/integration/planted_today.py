"""The world of Today's tests: three searches of the same settings, and what each found otherwise than the last."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from dropship_pipeline.collection.sellers.scoring import score_sellers
from dropship_pipeline.models import utc_now
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.tokens import Tokens
from dropship_pipeline_tests.admin_server import admin_pages
from dropship_pipeline_tests.browser import log_in, open_page
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.cli_runner import add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import (
    add_job_product,
    add_listing,
    add_outcome,
    add_seen_seller,
)

ASINS = ("A1", "A2", "A3", "A4")
JOBS = ("first", "second", "third")
# In which of the three searches each seller is met, and with how many of the products.
MET: dict[str, tuple[tuple[str, ...], int]] = {
    "steady": (JOBS, 4), "fresh": (("third",), 3), "returned": (("first", "third"), 2),
    "lost": (("first", "second"), 2),
    "dearer": (JOBS, 1), **{f"shop {number}": (JOBS, 1) for number in range(10)},
}  # fmt: skip


class Planted:
    """The admin page over three searches of the same settings, and an org in which nothing was found yet."""

    def __init__(self, url: str, database: Database) -> None:
        self.url = url
        self.database = database
        self.ids = _plant(database)
        self.tokens = Tokens(database)

    def token(self, name: str, *permissions: str, org: str = "default") -> str:
        return self.tokens.create(name, permissions or ("admin.*",), org=org).secret.get_secret_value()


def _plant(database: Database) -> dict[str, int]:
    records = RunRecords(database, "default")
    ids = {
        name: add_seller(database, name, feedback_percent=99.1, feedback_count=512, first_job_id=met[0])
        for name, (met, _) in MET.items()
    }
    for job in JOBS:
        run_id = add_run(
            records, f"dagster-{job}", job, status="completed", started_at=utc_now(), completed_at=utc_now()
        )
        for number, asin in enumerate(ASINS):
            add_job_product(database, asin, job_id=job, categories=[{"category": f"List {number}", "rank": 1}])
            add_outcome(database, run_id, asin, None, job_id=job)
        for name, (met, products) in MET.items():
            if job not in met:
                continue
            add_seen_seller(database, ids[name], job, products, runs=[run_id])
            for asin in ASINS[:products]:
                add_listing(
                    database, run_id, ids[name], asin, job_id=job, item_id=f"{ids[name]}-{asin}", match_band="accept",
                    match_probability=0.97, match_reasons=[], matcher_version="1",
                    ebay_price_cents=2_900 if (name, job) == ("dearer", "third") else 2_450,
                )  # fmt: skip
            add_listing(
                database, run_id, ids[name], "A1", job_id=job, item_id=f"{ids[name]}-case", title="Only a case for it",
                match_band="reject", match_probability=0.01, match_reasons=[], matcher_version="1",
            )  # fmt: skip
    add_seller(database, "of another org", org_id="other")
    score_sellers(database, "default", "third", Settings())
    return ids


@contextmanager
def planted_pages(stack: LocalServers, name: str) -> Iterator[Planted]:
    """The admin page over a database of this name with the planted searches."""
    with admin_pages(stack, name) as (database, address):
        yield Planted(address, database)


@contextmanager
def today(chromium: Browser, planted: Planted) -> Iterator[Page]:
    """A fresh browser on Today."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    log_in(opened, planted.url, planted.token("first person"))
    open_page(opened, f"{planted.url}/")
    opened.locator(".lead[aria-current]").wait_for()
    yield opened
    context.close()
