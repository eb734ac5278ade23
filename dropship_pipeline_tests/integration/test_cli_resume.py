"""`dropship resume`: the recorded request goes on as it was, paid calls are not repeated, nothing else is launched."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from dagster import validate_run_config

from dropship_pipeline.collection.resuming import resumed_settings
from dropship_pipeline.definitions import defs
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.launching import record_columns, run_config
from dropship_pipeline.jobs.registry import job_of
from dropship_pipeline.jobs.settings import JobSettings, ProductsSettings, SellersSettings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.reports import Reports, RunReport
from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.blackbox.goods import amazon_row
from dropship_pipeline_tests.blackbox.market import Answer
from dropship_pipeline_tests.blackbox.runs import LONGEST_RUN_S, World, open_world
from dropship_pipeline_tests.blackbox.wire import rainforest
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.cli_runner import COMMAND, Cli, add_run, open_cli

PRODUCTS = ProductsSettings(
    job_id="march", queries=["desk lamp", "ünï 'x'"], top_amz=3, top_ebay=0, storage_window=4, throttle_seconds=1.5
)
SELLERS = SellersSettings(job_id="march", categories=["lamps"], max_products=7, price_low=0.85, max_credits=50)
SELLERS_RECORD = {"job_name": "collect_sellers", "config": record_columns(SELLERS, "march")["config"]}
# As version 0.1 wrote them.
OLD_PRODUCTS = {
    "job_id": "march", "queries": ["desk lamp", "ünï 'x'"], "top_amz": 3, "top_ebay": 0, "storage_window": 4,
    "pause_s": 1.5,
}  # fmt: skip
OLD_SELLERS = {
    "job_id": "march", "categories": ["lamps"], "pages_per_category": 2, "max_products": 7, "price_low": "0.85",
    "price_high": "1.20", "max_credits": 50, "shorter_search": False,
}  # fmt: skip


@pytest.fixture
def cli(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    return open_cli(database_url, tmp_path, monkeypatch)


def recorded(database: Database, records: RunRecords, **columns: Any) -> RunReport:
    values = {"job_name": "collect_and_store", "config": record_columns(PRODUCTS, "march")["config"], **columns}
    run = Reports(database, "default").run(add_run(records, "d1", "march", **values))
    assert run is not None
    return run


@pytest.mark.parametrize(
    ("columns", "settings"),
    [
        ({}, PRODUCTS),
        ({"config": OLD_PRODUCTS}, PRODUCTS),
        (SELLERS_RECORD, SELLERS),
        ({**SELLERS_RECORD, "config": OLD_SELLERS}, SELLERS),
    ],
)
def test_every_recorded_setting_comes_back_as_it_was_also_from_a_record_of_version_0_1(
    database: Database, records: RunRecords, columns: dict[str, Any], settings: JobSettings
) -> None:
    resumed = resumed_settings(recorded(database, records, **columns))
    assert resumed == settings
    assert validate_run_config(defs.resolve_job_def(job_of(settings).name), run_config(resumed))


@pytest.mark.parametrize(("max_credits", "expected"), [(None, 50), (0, 0), (80, 80)])
def test_a_budget_is_kept_unless_a_new_one_is_given(
    database: Database, records: RunRecords, max_credits: int | None, expected: int
) -> None:
    run = recorded(database, records, **SELLERS_RECORD)
    resumed = resumed_settings(run, max_credits)
    assert run_config(resumed)["ops"]["best_sellers"]["config"]["max_credits"] == expected


def test_a_budget_for_a_job_without_one_is_refused(database: Database, records: RunRecords) -> None:
    with pytest.raises(RequestInvalid, match="has no budget"):
        resumed_settings(recorded(database, records), 10)


@pytest.mark.parametrize("columns", [{"config": {}}, {"job_name": "something_else"}])
def test_a_record_without_a_usable_request_does_not_launch_the_defaults(
    cli: Cli, database: Database, records: RunRecords, columns: dict[str, Any]
) -> None:
    run = recorded(database, records, status="failed", **columns)
    assert "no configuration" in cli.refused("resume", str(run.run_id))


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"status": "pending"}, "is pending"),
        ({"status": "running"}, "is running"),
        ({"status": "stopping"}, "is stopping"),
        ({"status": "completed"}, "is completed"),
        ({"status": "failed", "sandbox": True}, "must not mix"),
    ],
)
def test_a_run_that_cannot_go_on_is_refused_with_the_reason(
    cli: Cli, database: Database, records: RunRecords, columns: dict[str, Any], reason: str
) -> None:
    run = recorded(database, records, **columns)
    assert reason in cli.refused("resume", str(run.run_id))


@pytest.fixture(scope="module")
def world(stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with open_world("resume", stack, _migrated_template, tmp_path_factory.mktemp("resume")) as opened:
        yield opened


@contextmanager
def dropship(world: World, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """`dropship …` in the background; its output goes to a file, which never makes it wait."""
    with (world.folder / "resume.log").open("wb") as log:
        process = subprocess.Popen(
            [*COMMAND, *arguments], cwd=world.folder, env=world.environment, stdout=log, stderr=log
        )  # fmt: skip
        with process:
            yield process
            process.wait(LONGEST_RUN_S)


def said(world: World) -> str:
    return (world.folder / "resume.log").read_text()[-3000:]


def runs(world: World) -> list[tuple[str, str]]:
    found = rows(world.database_url, "SELECT job_id, status FROM collection_runs ORDER BY id")
    return [(run["job_id"], run["status"]) for run in found]


def test_a_resumed_run_pays_only_for_what_failed_and_can_itself_be_ended(world: World) -> None:
    lamp, mat = (rainforest([amazon_row(f"B0SIM0090{number}", "Thing")], total_pages=1) for number in (1, 2))
    world.market.scripts["amazon", "lamp"] = lambda _page, _attempt: lamp
    world.market.scripts["amazon", "mat"] = lambda _page, attempt: Answer(b"half a document") if attempt < 3 else mat
    first = world.execute("first", {"queries": ["lamp", "mat"], "top_amz": 1, "top_ebay": 0, "job_id": "again"})
    assert runs(world) == [("again", "degraded")], first.stderr[-2000:]

    world.market.gate.clear()
    with dropship(world, "resume", "again") as ended:
        while len(world.market.calls()) < 3:
            assert ended.poll() is None, said(world)
            time.sleep(0.05)
        ended.send_signal(signal.SIGTERM)
        world.market.gate.set()
    assert ended.returncode != 0, said(world)
    assert runs(world)[1][1] in ("stopped", "failed")

    with dropship(world, "resume", "2") as resumed:
        pass
    assert resumed.returncode == 0, said(world)
    assert runs(world)[2] == ("again", "completed")
    assert [call.query for call in world.market.calls()].count("lamp") == 1
