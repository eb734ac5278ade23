"""Dagster's user interface in a browser: runs from the launchpad with its defaults, and from the assets."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from dropship_pipeline_tests.browser import browser
from dropship_pipeline_tests.integration.test_stack_supervisor import run
from dropship_pipeline_tests.soak.operating import LOCATION, Stack, started

pytestmark = pytest.mark.soak(seconds=240)
PATIENCE_MS = 120_000
# `collect_sellers` searches for a hundred products by default.
RUN_S = 600.0
PLOTTED = ("dagster/row_count", "returned", "stored", "credits")
PAGES = f"/locations/__repository__@{LOCATION}"
RUNS = "{ runsOrError(limit: 9) { ... on Runs { results { jobName status tags { key value } } } } }"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("ui") / ".dropship") as opened:
        yield opened


@pytest.fixture(scope="module")
def page(stack: Stack) -> Iterator[Page]:
    """Logged in by the link that `dropship login` prints; the cookie opens Dagster, too."""
    with browser() as opened:
        tab = opened.new_page()
        tab.set_default_timeout(PATIENCE_MS)
        tab.goto(run(stack.up.home, "login").stdout.strip())
        tab.wait_for_load_state("networkidle")
        yield tab


def tags_of_completed(stack: Stack, job: str) -> dict[str, str]:
    """The tags of the one run of the job, when it has succeeded."""

    def found() -> list[dict[str, str]]:
        runs = [one for one in stack.ask(RUNS)["runsOrError"]["results"] if one["jobName"] == job]
        return [{tag["key"]: tag["value"] for tag in one["tags"]} for one in runs if one["status"] == "SUCCESS"]

    stack.wait(found, f"a run of {job} has succeeded", RUN_S)
    (tags,) = found()
    return tags


@pytest.mark.parametrize("job", ["collect_and_store", "collect_sellers"])
def test_a_job_runs_from_the_launchpad_with_its_defaults(stack: Stack, page: Page, job: str) -> None:
    page.goto(f"{stack.setting('DROPSHIP_DAGSTER_URL')}{PAGES}/jobs/{job}/playground")
    page.get_by_text("Launch Run").click()
    tags = tags_of_completed(stack, job)
    assert (tags["dropship/org"], tags["dropship/sandbox"]) == ("default", "true")
    assert tags["dropship/job_id"]


def test_assets_are_materialized_from_their_group_and_their_counts_are_plotted(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.setting('DROPSHIP_DAGSTER_URL')}{PAGES}/asset-groups/collection/lineage")
    page.get_by_text("Materialize all").click()
    tags = tags_of_completed(stack, "__ASSET_JOB")
    assert (tags["dropship/org"], tags["dropship/sandbox"]) == ("default", "true")
    page.goto(f"{stack.setting('DROPSHIP_DAGSTER_URL')}/assets/amazon_products")
    page.get_by_text("Row count").wait_for()
    page.get_by_text("price_cents", exact=True).wait_for()
    page.goto(f"{stack.setting('DROPSHIP_DAGSTER_URL')}/assets/amazon_products?view=overview")
    page.get_by_text("Plots", exact=True).click()
    for number in range(len(PLOTTED)):
        page.locator("canvas").nth(number).wait_for()
    shown = page.locator("body").inner_text()
    assert [count for count in PLOTTED if count not in shown] == []


def test_the_types_of_a_job_show_the_columns_of_its_frames(stack: Stack, page: Page) -> None:
    address = f"{PAGES}/jobs/collect_and_store?tab=types&typeName=QueryOutcomes"
    page.goto(f"{stack.setting('DROPSHIP_DAGSTER_URL')}{address}")
    page.get_by_text("One row a query").first.wait_for()
