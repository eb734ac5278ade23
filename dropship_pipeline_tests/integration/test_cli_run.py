"""`dropship run` and `--json`: what a program that calls the command line learns from it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dropship_pipeline.cli import relaunch
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.integration.cli_runner import Cli, add_run, add_seller, open_cli
from dropship_pipeline_tests.integration.found_rows import add_listing, add_seen_seller

CONFIG = "ops: {collection_config: {config: {queries: [lamp], top_amz: 1, top_ebay: 1}}}"
KEPT = "Run 1: stopped. What it found is kept; go on with: dropship resume 1"
NAMED = "ops: {best_sellers: {config: {job_id: march, max_credits: 9}}}"


@pytest.fixture
def cli(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    (tmp_path / "run.yaml").write_text(CONFIG)
    (tmp_path / "named.yaml").write_text(NAMED)
    return open_cli(database_url, tmp_path, monkeypatch)


def ends(
    monkeypatch: pytest.MonkeyPatch, records: RunRecords, status: str | None, code: int
) -> list[Mapping[str, Any]]:
    """Let Dagster end with this code, and the run's record in this state; None leaves no record."""
    asked: list[Mapping[str, Any]] = []

    def execute(job: str, config: Mapping[str, Any], _settings: object) -> int:
        (op,) = config["ops"].values()
        asked.append(op["config"])
        if status is not None:
            settings = op["config"]
            kept = {"job_name": job, "config": settings, "credits_budget": settings.get("max_credits")}
            add_run(records, f"d{len(asked)}", settings["job_id"], status=status, **kept)
        return code

    monkeypatch.setattr(relaunch, "execute", execute)
    return asked


@pytest.mark.parametrize(
    ("status", "of_dagster", "code"),
    [
        ("completed", 0, 0), ("degraded", 0, 3), ("stopped", 1, 4), ("failed", 1, 1), ("stopped", 130, 4),
        (None, 1, 1), ("running", 137, 137),
    ],
)  # fmt: skip
def test_the_exit_code_tells_how_the_run_ended(
    cli: Cli, records: RunRecords, monkeypatch: pytest.MonkeyPatch, status: str | None, of_dagster: int, code: int
) -> None:
    add_run(records, "older", "march", status="completed")
    for name in ("run.yaml", "named.yaml"):
        ends(monkeypatch, records, status, of_dagster)
        with records._database.begin() as connection:
            connection.exec_driver_sql("DELETE FROM collection_runs WHERE dagster_run_id <> 'older'")
        assert cli("run", "-c", name).exit_code == code, name


@pytest.mark.parametrize(
    ("name", "status", "last_line"),
    [
        ("run.yaml", "completed", "Run 1: completed. See: dropship status 1"),
        ("run.yaml", "stopped", KEPT),
        ("named.yaml", "completed", "Run 1: completed. See: dropship sellers"),
        ("named.yaml", "stopped", f"{KEPT} [--max-credits N]"),
    ],
)  # fmt: skip
def test_the_last_line_says_how_the_run_ended_and_what_to_type_next(
    cli: Cli, records: RunRecords, monkeypatch: pytest.MonkeyPatch, name: str, status: str, last_line: str
) -> None:
    ends(monkeypatch, records, status, 0)
    assert cli("run", "-c", name).stdout.splitlines()[-1] == last_line


def test_a_run_keeps_the_settings_of_its_file_and_has_a_job_id(
    cli: Cli, records: RunRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ends(monkeypatch, records, "completed", 0)
    assert cli("run", "-c", "run.yaml").exit_code == 0
    assert (asked[0]["queries"], asked[0]["top_amz"]) == (["lamp"], 1)
    assert len(asked[0]["job_id"]) == 36


def test_a_file_that_does_not_fit_starts_nothing(
    cli: Cli, records: RunRecords, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = ends(monkeypatch, records, "completed", 0)
    (tmp_path / "wrong.yaml").write_text(NAMED.replace("max_credits", "max_credit"))
    assert "did you mean max_credits" in cli.refused("run", "-c", "wrong.yaml")
    assert asked == []


def test_programs_read_runs_sellers_and_forecasts_as_json(cli: Cli, records: RunRecords, database: Database) -> None:
    assert json.loads(cli("runs", "--json").stdout) == []
    assert json.loads(cli("sellers", "--json").stdout) == []
    number = add_run(records, "d1", "märz", status="completed", error_message="\x1b[31mred")
    add_seller(database, "Müller \x1b[31m")
    (run,) = json.loads(cli("runs", "--json").stdout)
    assert (run["run_id"], run["job_id"], run["status"]) == (number, "märz", "completed")
    whole = json.loads(cli("status", str(number), "--json").stdout)
    assert whole.items() >= {**run, "errors": [], "outcomes": []}.items()
    (seller,) = json.loads(cli("sellers", "--json").stdout)
    assert seller["seller_name"] == "Müller \x1b[31m"
    assert "\x1b" not in cli("sellers", "--json").stdout
    told = json.loads(cli("forecast", "-c", "named.yaml", "--json").stdout)
    assert told["credits"] == sum(share["credits"] for share in told["providers"].values())
    assert told["max_credits"] == 9


def test_a_forecast_of_what_is_left_counts_what_the_budget_has_paid(cli: Cli, records: RunRecords) -> None:
    config = {"categories": ["lamps"], "max_products": 3, "max_credits": 30}
    add_run(records, "d1", "march", status="stopped", config=config, credits_used=29, credits_budget=30)
    printed = cli("forecast", "--resume", "march").stdout
    assert "max_credits is 30, of which 29 are spent: the run may end as stopped, reason budget" in printed


def test_sellers_without_an_accepted_listing_are_said_to_wait_for_a_person(
    cli: Cli, records: RunRecords, database: Database
) -> None:
    run_id, seller_id = add_run(records, "d1"), add_seller(database, "shop")
    add_seen_seller(database, seller_id, runs=[run_id])
    add_listing(database, run_id, seller_id, match_probability=0.4, match_band="review")
    last = "No listing of these sellers is accepted, 1 are left to you: see dropship why SELLER"
    assert cli("sellers").stdout.splitlines()[-1] == last
    add_listing(database, run_id, seller_id, "A2", match_probability=0.9, match_band="accept")
    assert last not in cli("sellers").stdout


def test_one_cannot_watch_in_json(cli: Cli, records: RunRecords) -> None:
    number = add_run(records, "d1", "j", status="completed")
    assert "--watch" in cli.refused("status", str(number), "--watch", "--json")
