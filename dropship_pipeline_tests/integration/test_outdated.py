"""After an upgrade: exactly the collections that older versions judged are offered to be judged again, for nothing."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, expect
from sqlalchemy import insert

from dropship_pipeline.admin.judging_again import AT_ONCE, JudgingAgain
from dropship_pipeline.marketplaces.version import PARSER_VERSION
from dropship_pipeline.matching.model import shipped_model
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import api_calls
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.tokens import Tokens
from dropship_pipeline_tests.admin_server import admin_pages
from dropship_pipeline_tests.browser import log_in, needs_chromium, open_page
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.api_client import FakeDagster, client_of, fake_app, make_token
from dropship_pipeline_tests.integration.cli_runner import MOMENT, add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import add_outcome

OUTDATED = "/api/collection/outdated"
NOW: dict[str, Any] = {"parser_version": PARSER_VERSION, "matcher_version": shipped_model().version}
OLD: dict[str, Any] = {"parser_version": PARSER_VERSION, "matcher_version": "1.0"}
UNNOTED: dict[str, Any] = {"parser_version": None, "matcher_version": None}


def collect(database: Database, job_id: str, *, run: str = "", kept: bool = True, **columns: object) -> int:
    """A run of the job that searched for one product, and the answer that it paid for."""
    records = RunRecords(database, "default")
    run_id = add_run(records, f"dagster {job_id}{run}", job_id, **{"status": "completed", **columns})
    add_outcome(database, run_id, f"A{run}", None, job_id=job_id)
    call = {
        "job_id": job_id, "provider": "scraperapi", "fingerprint": f"{run_id:064}", "org_id": "default", "request": {},
        "state": "settled", "credits_reserved": 5, "credits": 5, "http_status": 200, "settled_at": MOMENT,
        "raw_key": f"raw/scraperapi/{job_id}/{run_id}.json.gz" if kept else None,
    }  # fmt: skip
    with database.begin() as connection:
        connection.execute(insert(api_calls).values(call))
    return run_id


def replay(database: Database, job_id: str, status: str, **columns: object) -> None:
    """A replay of the job, as it ended."""
    came_to = {"replay": {"job_id": job_id}} if status == "completed" else {}
    name = f"{status} replay of {job_id}"
    add_run(
        RunRecords(database, "default"), name, name, job_name="replay_collection", status=status,
        config={"replayed_job_id": job_id}, **came_to, **columns,
    )  # fmt: skip


@pytest.fixture
def served(database_url: str) -> Iterator[tuple[FastAPI, FakeDagster]]:
    app, dagster = fake_app(database_url)
    yield app, dagster
    app.state.services.close()


@pytest.fixture
def database(served: tuple[FastAPI, FakeDagster]) -> Database:
    found: Database = served[0].state.services.database
    return found


@pytest.fixture
async def client(served: tuple[FastAPI, FakeDagster]) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(served[0], make_token(served[0], "collection.read")) as opened:
        yield opened


async def test_only_what_another_version_judged_and_is_kept_is_counted(
    client: httpx.AsyncClient, database: Database
) -> None:
    collect(database, "old", **OLD)
    collect(database, "older parsers", parser_version="1", matcher_version=NOW["matcher_version"])
    collect(database, "before versions were noted", **UNNOTED)
    collect(database, "of today", **NOW)
    collect(database, "pruned", kept=False, **OLD)
    add_run(RunRecords(database, "default"), "searched nothing", "searched nothing", status="failed")
    answer = (await client.get(OUTDATED)).json()
    assert answer["job_ids"] == ["before versions were noted", "older parsers", "old"]
    assert (answer["waiting"], answer["not_kept"]) == (0, 1)
    assert answer["judged_by"] == ["matcher 1.0", "parsers 1", "a release that did not note its version"]
    assert answer["sentence"] == (
        "3 collections were judged by matcher 1.0 or parsers 1 or a release that did not note its version; "
        "1 cannot be judged again, since their answers are not kept any more"
    )


async def test_a_job_that_was_judged_again_is_not_offered_until_an_old_run_goes_on_with_it(
    client: httpx.AsyncClient, database: Database
) -> None:
    collect(database, "job", **OLD)
    replay(database, "job", "failed")
    assert (await client.get(OUTDATED)).json()["job_ids"] == ["job"]
    replay(database, "job", "completed", **NOW)
    assert (await client.get(OUTDATED)).json() == {
        "job_ids": [], "waiting": 0, "not_kept": 0, "judged_by": [], "sentence": None
    }  # fmt: skip
    collect(database, "job", run="resumed", **OLD)
    assert (await client.get(OUTDATED)).json()["job_ids"] == ["job"]


async def test_a_job_whose_second_run_alone_was_judged_by_today_s_version_is_still_offered(
    client: httpx.AsyncClient, database: Database
) -> None:
    collect(database, "job", **OLD)
    collect(database, "job", run="resumed", **NOW)
    assert (await client.get(OUTDATED)).json()["job_ids"] == ["job"]


async def test_another_org_is_told_nothing_of_it(served: tuple[FastAPI, FakeDagster], database: Database) -> None:
    collect(database, "old", **OLD)
    add_seller(database, "theirs", org_id="other")
    async with client_of(served[0], make_token(served[0], "collection.read", org="other")) as other:
        assert (await other.get(OUTDATED)).json()["job_ids"] == []


async def test_one_click_starts_ten_replays_that_wait_in_line_and_a_second_the_rest(
    served: tuple[FastAPI, FakeDagster], database: Database
) -> None:
    app, dagster = served
    for number in range(AT_ONCE + 2):
        collect(database, f"job {number:02}", **OLD)
    again = JudgingAgain(app.state.services, "default")
    assert await again.start() == AT_ONCE
    left = await again.outdated()
    assert (left.job_ids, left.waiting) == (["job 01", "job 00"], AT_ONCE)
    assert (await again.start(), await again.start()) == (2, 0)
    replayed = [config["ops"]["replay"]["config"]["replayed_job_id"] for _, config, _ in dagster.launched.values()]
    assert replayed == [f"job {number:02}" for number in reversed(range(AT_ONCE + 2))]


@needs_chromium
@pytest.mark.usefixtures("_migrated_template")
def test_today_offers_to_judge_again_only_to_those_who_may_run(stack: LocalServers, chromium: Browser) -> None:
    with admin_pages(stack, "outdated") as (database, address):
        add_seller(database, "somebody")
        for number in range(AT_ONCE + 1):
            collect(database, f"job {number}", **OLD)
        for permission, buttons in (("collection.read", 0), ("admin.*", 1)):
            context = chromium.new_context()
            page = context.new_page()
            token = Tokens(database).create(permission, (permission,), org="default").secret.get_secret_value()
            log_in(page, address, token)
            open_page(page, f"{address}/")
            notice = page.get_by_role("status").filter(has_text="11 collections were judged by matcher 1.0.")
            expect(notice).to_be_visible()
            offer = notice.get_by_role("button", name="Judge the newest 10 again (free)")
            expect(offer).to_have_count(buttons)
            if buttons:
                offer.click()
                expect(page.locator(".toast")).to_contain_text("Dagster")  # it is away, and says so
            context.close()
