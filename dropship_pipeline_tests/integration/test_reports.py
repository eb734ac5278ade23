"""What people look at is of their org, newest first, a page at a time."""

import pytest

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.errors import ErrorLog
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.reports import MATCHES_SHOWN, Reports
from dropship_pipeline.storage.runs.values import RunError
from dropship_pipeline_tests.integration.cli_runner import add_run


@pytest.fixture
def reports(database: Database) -> Reports:
    return Reports(database, "default")


def add_error(records: RunRecords, run_id: int, message: str) -> None:
    records.errors.record(run_id, "job", RunError("ebay", "collect", "blocked", message, "lamp"))


def found(reports: Reports, reference: str) -> list[int]:
    return [run.run_id for run in reports.find_runs(reference)]


def test_pages_of_runs_hold_each_run_once_newest_first(reports: Reports, records: RunRecords) -> None:
    made = [add_run(records, f"d{number}") for number in range(5)]
    pages = [[run.run_id for run in reports.page(number, 2).runs] for number in (1, 2, 3, 4)]
    assert pages == [made[:2:-1], made[2:0:-1], made[:1], []]


def test_another_org_sees_no_run_error_or_outcome_of_ours(database: Database, records: RunRecords) -> None:
    run_id = add_run(records, "d1")
    add_error(records, run_id, "blocked")
    others = Reports(database, "other")
    seen = (
        list(others.page(1, 10).runs),
        others.find_runs("d1"),
        others.find_runs(str(run_id)),
        others.run(run_id),
    )
    assert seen == ([], [], [], None)
    assert (ErrorLog(database, "other").page(run_id, 10), others.outcomes("job")) == ([], [])


def test_a_number_means_the_record_even_where_a_job_id_begins_so(reports: Reports, records: RunRecords) -> None:
    first = add_run(records, "d1")
    add_run(records, "d2", job_id=f"{first}-of-march")
    assert found(reports, str(first)) == [first]


def test_a_whole_dagster_run_id_means_its_own_run_and_not_those_that_resumed_it(
    reports: Reports, records: RunRecords
) -> None:
    first = add_run(records, "abc-1", job_id="abc-1")
    second = add_run(records, "def-2", job_id="abc-1")
    assert found(reports, "abc-1") == [first]
    assert found(reports, "abc") == [second, first]
    assert found(reports, "def") == [second]


@pytest.mark.parametrize("reference", ["%", "_", "d_", "\0", "\udcff", "9" * 400, "²", "nothing"])
def test_what_is_no_run_matches_none_and_breaks_nothing(reports: Reports, records: RunRecords, reference: str) -> None:
    add_run(records, "d1")
    assert found(reports, reference) == []


def test_an_ambiguous_beginning_reads_only_as_many_runs_as_are_shown(reports: Reports, records: RunRecords) -> None:
    for number in range(MATCHES_SHOWN + 2):
        add_run(records, f"d{number}")
    assert len(found(reports, "job")) == MATCHES_SHOWN


def test_the_last_errors_come_first(records: RunRecords) -> None:
    run_id = add_run(records, "d1")
    for message in ("one", "two", "three"):
        add_error(records, run_id, message)
    assert [error.message for error in records.errors.page(run_id, 2)] == ["three", "two"]
    assert [error.message for error in records.errors.page(run_id, 2, offset=2)] == ["one"]
