"""What Prometheus reads: of the right org, in few series, and the same figures as the tables hold."""

import stat
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from dropship_pipeline.errors import SettingsError, StorageUnavailable
from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import api_calls
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.values import RunError
from dropship_pipeline.storage.upkeep import metric_queries
from dropship_pipeline.storage.upkeep.metrics import render, write_file
from dropship_pipeline_tests.integration.cli_runner import Cli, add_run, add_seller, open_cli

Read = Callable[..., dict[tuple[str, ...], float]]


def families(database: Database, org: str | None = "default") -> list[Metric]:
    return list(text_string_to_metric_families(render(database, org).decode()))


@pytest.fixture
def read(database: Database) -> Read:
    """The samples of one name, by the values of their labels in the order of the labels' names."""

    def samples(name: str, org: str | None = "default") -> dict[tuple[str, ...], float]:
        found = [sample for family in families(database, org) for sample in family.samples if sample.name == name]
        return {tuple(value for _, value in sorted(sample.labels.items())): sample.value for sample in found}

    return samples


def ended(records: RunRecords, name: str, *, seconds: float, waited: float = 0.0, **columns: Any) -> int:
    """A run that worked so long and ended a minute ago, after it had waited so long."""
    end = utc_now() - timedelta(minutes=1)
    start = end - timedelta(seconds=seconds)
    times = {"completed_at": end, "started_at": start, "created_at": start - timedelta(seconds=waited)}
    return add_run(records, name, columns.pop("job_id", name), **{"status": "completed", **times, **columns})


def add_call(database: Database, job_id: str, number: int, **columns: Any) -> None:
    row = {
        "job_id": job_id, "provider": "scraperapi", "fingerprint": f"{number:064}", "org_id": "default",
        "request": {}, "state": "settled", "credits_reserved": 5, "credits": 5, "http_status": 200, **columns,
    }  # fmt: skip
    with database.begin() as connection:
        connection.execute(insert(api_calls).values(row))


def test_an_empty_database_gives_metrics_that_parse_and_no_run(read: Read, database: Database) -> None:
    assert {family.name for family in families(database)} >= {"dropship_runs", "dropship_calls", "dropship_credits"}
    assert read("dropship_runs") == {}
    assert read("dropship_sellers") == read("dropship_alerts_unsent") == {(): 0}


def test_a_state_that_no_run_is_in_is_zero_and_not_missing(read: Read, records: RunRecords) -> None:
    for name, status in (("a", "failed"), ("b", "failed"), ("c", "running")):
        add_run(records, name, status=status)
    runs = read("dropship_runs")
    assert {state: number for (_, _, state), number in runs.items() if number} == {"failed": 2, "running": 1}
    assert len(runs) == len(metric_queries.STATES)


def test_durations_and_waits_are_in_the_right_buckets_bounds_included(read: Read, records: RunRecords) -> None:
    for name, seconds, waited in (("a", 10, 0), ("b", 10.5, 299), ("c", 100_000, 301)):
        ended(records, name, seconds=seconds, waited=waited)
    add_run(records, "at work, without waiting", status="running", started_at=utc_now() - timedelta(minutes=1),
            created_at=utc_now() - timedelta(minutes=1))  # fmt: skip
    buckets = {bound: number for (_, _, bound), number in read("dropship_run_duration_seconds_bucket").items()}
    assert (buckets["10.0"], buckets["30.0"], buckets["86400.0"], buckets["+Inf"]) == (1, 2, 2, 3)
    assert read("dropship_run_duration_seconds_sum") == {("live", "collect_sellers"): 100_020.5}
    waits = {bound: number for (_, _, bound), number in read("dropship_queue_wait_seconds_bucket").items()}
    assert (waits["10.0"], waits["300.0"], waits["900.0"]) == (2, 3, 4)


def test_the_last_run_is_the_newest_that_ended_and_sandbox_runs_are_kept_apart(read: Read, records: RunRecords) -> None:
    ended(records, "old", seconds=10, products_checked=1)
    ended(records, "new", seconds=20, products_checked=50, sellers_found=7, new_sellers=3, status="degraded")
    ended(records, "try", seconds=5, products_checked=9, sandbox=True)
    add_run(records, "open", status="running", started_at=utc_now(), products_checked=99)
    live, sandbox = ("live", "collect_sellers"), ("sandbox", "collect_sellers")
    assert read("dropship_last_run_products") == {live: 50, sandbox: 9}
    assert read("dropship_last_run_products_per_second") == {live: 2.5, sandbox: 1.8}
    assert read("dropship_last_run_sellers")[live] == 7
    assert read("dropship_last_run_new_sellers")[live] == 3


def test_the_last_completion_is_a_moment_so_that_its_age_is_right_whenever_it_is_read(
    read: Read, records: RunRecords
) -> None:
    moment = utc_now() - timedelta(days=80)
    ended(records, "long ago", seconds=1, completed_at=moment)
    ended(records, "failed since", seconds=1, status="failed")
    assert read("dropship_last_completed_timestamp_seconds") == {
        ("live", "collect_sellers"): pytest.approx(moment.timestamp())
    }


def test_calls_and_credits_are_counted_once_however_many_runs_their_job_had(
    read: Read, records: RunRecords, database: Database
) -> None:
    for name in ("first", "resumed"):
        ended(records, name, seconds=1, job_id="job")
    calls: Sequence[dict[str, Any]] = (
        {},
        {"credits": 7},
        {"state": "failed", "http_status": 429, "credits": 0},
        {"state": "failed", "http_status": 999},
        {"state": "reserved", "http_status": None, "credits": None},
        {"provider": "rainforest", "credits": 1},
    )
    for number, columns in enumerate(calls):
        add_call(database, "job", number, **columns)
    assert read("dropship_calls") == {
        ("live", "rainforest", "settled", "200"): 1,
        ("live", "scraperapi", "settled", "200"): 2,
        ("live", "scraperapi", "failed", "429"): 1,
        ("live", "scraperapi", "failed", "other"): 1,
        ("live", "scraperapi", "reserved", "none"): 1,
    }
    assert read("dropship_credits") == {("live", "rainforest"): 1, ("live", "scraperapi"): 17}


def test_jobs_that_ran_long_ago_are_not_read_at_every_scrape(
    read: Read, records: RunRecords, database: Database
) -> None:
    old = utc_now() - metric_queries.WINDOW - timedelta(hours=1)
    run_id = ended(records, "old", seconds=1, created_at=old)
    add_call(database, "old", 1)
    records.errors.record(run_id, "old", RunError("ebay", "collect", "blocked", "m", "q"))
    assert read("dropship_calls") == read("dropship_credits") == read("dropship_errors") == {}
    assert read("dropship_runs")["live", "collect_sellers", "completed"] == 1


def test_lost_queries_and_products_are_counted_by_what_the_server_said(read: Read, records: RunRecords) -> None:
    run_id = add_run(records, "d")
    for kind, status in (("collect", 503), ("collect", 503), ("store", 404), ("store", None)):
        records.errors.record(run_id, "job", RunError("ebay", kind, "x", "m", "q", response_status=status))
    assert read("dropship_errors") == {
        ("live", "collect", "ebay", "503"): 2,
        ("live", "store", "ebay", "404"): 1,
        ("live", "store", "ebay", "none"): 1,
    }


def test_another_org_sees_none_of_our_figures_and_the_operator_sees_all(
    read: Read, records: RunRecords, database: Database
) -> None:
    ended(records, "ours", seconds=1)
    add_call(database, "ours", 1)
    add_seller(database, "ours")
    names = ("dropship_runs", "dropship_calls", "dropship_credits", "dropship_last_run_products")
    assert [read(name, "other") for name in names] == [{}] * len(names)
    assert read("dropship_sellers", "other") == {(): 0}
    assert all(read(name, None) == read(name) != {} for name in names)
    assert read("dropship_sellers", None) == {(): 1}


def test_no_label_holds_an_id_or_a_word_from_outside(database: Database, records: RunRecords) -> None:
    run_id = ended(records, "dagster-id-77", seconds=1, job_id="job-id-77")
    add_call(database, "job-id-77", 77)
    records.errors.record(run_id, "job-id-77", RunError("ebay", "collect", "blocked", "m", "lamp", "item-77"))
    allowed: Mapping[str, set[str]] = {
        "job": {"collect_and_store", "collect_sellers"}, "data": {"live", "sandbox"}, "platform": {"amazon", "ebay"},
        "state": {*metric_queries.STATES, "reserved", "settled"}, "provider": {"rainforest", "scraperapi"},
        "kind": {"collect", "store"}, "status": {"200", "none"},
    }  # fmt: skip
    labels = {
        label for family in families(database) for sample in family.samples
        for label in sample.labels.items() if label[0] != "le"
    }  # fmt: skip
    assert {name for name, _ in labels} == set(allowed)
    assert [label for label in labels if label[1] not in allowed[label[0]]] == []


def test_a_database_that_is_away_is_an_error_of_ours() -> None:
    away = Database("postgresql://me:hunter2@127.0.0.1:1/nowhere")
    with pytest.raises(StorageUnavailable, match="does not answer") as raised:
        render(away, "default")
    assert "hunter2" not in str(raised.value)


def test_the_file_is_whole_readable_by_others_and_replaces_the_old_one(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "dropship.prom"
    file.write_text("old")
    write_file(database, "default", file)
    assert list(text_string_to_metric_families(file.read_text()))
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_written_is_a_sentence_and_leaves_nothing_behind(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "missing" / "dropship.prom", tmp_path / "folder"):
        with pytest.raises(SettingsError, match="cannot be written"):
            write_file(database, "default", path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def test_the_command_prints_what_it_writes(
    database_url: str, records: RunRecords, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(records, "d", seconds=1)
    cli: Cli = open_cli(database_url, tmp_path, monkeypatch)
    printed = cli("metrics")
    assert printed.exit_code == 0, printed.stderr
    assert cli("metrics", "-o", "out.prom").stdout == ""
    assert printed.stdout == Path("out.prom").read_text()
    assert "nowhere/out.prom cannot be written" in cli.refused("metrics", "-o", "nowhere/out.prom")
