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

CONFIG = "ops: {collection_config: {config: {queries: [lamp], top_amz: 1, top_ebay: 1}}}"
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

    def execute(_job: str, config: Mapping[str, Any], _settings: object) -> int:
        (op,) = config["ops"].values()
        asked.append(op["config"])
        if status is not None:
            add_run(records, f"d{len(asked)}", op["config"]["job_id"], status=status)
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


def test_one_cannot_watch_in_json(cli: Cli, records: RunRecords) -> None:
    number = add_run(records, "d1", "j", status="completed")
    assert "--watch" in cli.refused("status", str(number), "--watch", "--json")
