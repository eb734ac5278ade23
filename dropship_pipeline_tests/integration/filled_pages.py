"""What stands behind the admin pages in tests: rows of two orgs, in which a marketplace tries to run a script."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page

from dropship_pipeline.models import Reading
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.values import RunError
from dropship_pipeline.storage.tokens import Tokens
from dropship_pipeline_tests.browser import log_in
from dropship_pipeline_tests.integration.cli_runner import add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import (
    add_job_product,
    add_listing,
    add_outcome,
    add_product,
    add_seen_seller,
)

SCRIPT = "<script>window.hit = 1</script><img src=x onerror='window.hit = 1'>"
SELLERS = 120
PAGES = ("", "collect", "sellers", "products", "history", "schedule")


class Served:
    """The admin page with two orgs: `default` with what a run left behind, `empty` with nothing."""

    def __init__(self, url: str, database: Database) -> None:
        self.url = url
        self.database = database
        self.tokens = Tokens(database)
        self.seller_id, self.run_id = _fill(database)
        self.pages = (*PAGES, "?search=window.hit", f"sellers/{self.seller_id}", f"history/{self.run_id}")

    def token(self, *permissions: str, org: str = "default") -> str:
        return self.tokens.create("browser", permissions or ("admin.*",), org=org).secret.get_secret_value()


def _fill(database: Database) -> tuple[int, int]:
    """Rows in which a marketplace tries to run a script, and some more; returns a seller and a run."""
    records = RunRecords(database, "default")
    run_id = add_run(records, "d1", phase="ebay_search", phase_total=3, phase_progress=3)
    records.activate(run_id)
    records.errors.record(run_id, "job", RunError("ebay", "collect", "blocked", f"It was {SCRIPT}", SCRIPT, "B1", 200))
    add_outcome(database, run_id, "lamp", Reading(pages=1, rows=60, skipped={"no_id": 25}, pages_in_part=1))
    records.settlement.finish(run_id, "failed", message=f"It said {SCRIPT}")
    seller_id = add_seller(database, SCRIPT, feedback_percent=99.5, feedback_count=1_204)
    add_job_product(database, title=SCRIPT, url="javascript:window.hit = 1")
    add_listing(database, run_id, seller_id, title=SCRIPT, url="javascript:window.hit = 1")
    add_seen_seller(database, seller_id, runs=[run_id])
    add_product(database, title=SCRIPT, url="javascript:window.hit = 1", query=SCRIPT)
    for number in range(SELLERS):
        add_seller(database, f"Shop {number:03}", collection_count=number + 1)
    add_seller(database, "of another org", org_id="other")
    return seller_id, run_id


@contextmanager
def logged_in(chromium: Browser, served: Served) -> Iterator[Page]:
    """A fresh browser profile, logged in."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened = context.new_page()
    log_in(opened, served.url, served.token())
    yield opened
    context.close()
