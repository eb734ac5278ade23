"""A run whose step processes end before a step is at work: its record is settled all the same."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from dagster import DagsterExecutionInterruptedError

from dropship_pipeline.orchestration import step_processes
from dropship_pipeline.orchestration.step.dagster_private import DagsterSubprocessError, MultiprocessExecutor
from dropship_pipeline.orchestration.step_processes import StepProcesses
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.integration.conftest import register

RUN = SimpleNamespace(dagster_run=SimpleNamespace(run_id="a-run", tags={"dropship/org": "default"}))
FAILED_STEP = SimpleNamespace(is_step_failure=True, step_key="seller_search")
STOPPED = DagsterExecutionInterruptedError()
CRASHED = DagsterSubprocessError("a process ended", subprocess_error_infos=[])  # type: ignore[no-untyped-call]


def run_steps(monkeypatch: pytest.MonkeyPatch, database_url: str, *happens: Any) -> None:
    """Execute a plan in which Dagster's own executor reports these events and raises these errors."""
    monkeypatch.setenv("DROPSHIP_DATABASE_URL", database_url)

    def execute(*_: object) -> Iterator[Any]:
        for thing in happens:
            if isinstance(thing, BaseException):
                raise thing
            yield thing

    monkeypatch.setattr(MultiprocessExecutor, "execute", execute)
    plan_context, plan = RUN, None
    list(StepProcesses([]).execute(plan_context, plan))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("happens", "error", "status", "why"),
    [
        ([STOPPED], DagsterExecutionInterruptedError, "stopped", "was cancelled"),
        ([FAILED_STEP, CRASHED], DagsterSubprocessError, "failed", "the process of step seller_search ended"),
    ],
)
def test_a_run_that_ends_while_no_step_is_at_work_leaves_no_open_record(
    monkeypatch: pytest.MonkeyPatch,
    database_url: str,
    records: RunRecords,
    happens: list[Any],
    error: type[Exception],
    status: str,
    why: str,
) -> None:
    records.activate(register(records, "a-run").run_id)
    with pytest.raises(error):
        run_steps(monkeypatch, database_url, *happens)
    settled = records.of_dagster_run("a-run")
    assert settled.status == status
    assert why in (settled.error_message or "")


def test_a_run_that_a_step_has_settled_keeps_what_the_step_said(
    monkeypatch: pytest.MonkeyPatch, database_url: str, records: RunRecords
) -> None:
    run = register(records, "a-run")
    records.activate(run.run_id)
    records.settlement.finish(run.run_id, "completed")
    run_steps(monkeypatch, database_url)
    assert records.of_dagster_run("a-run").status == "completed"


def test_a_database_that_is_away_at_the_end_does_not_hide_why_the_run_ended(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(DagsterExecutionInterruptedError):
        run_steps(monkeypatch, "postgresql://nobody@127.0.0.1:1/nothing", STOPPED)
    assert "could not be settled" in caplog.text
    assert step_processes.logger.name in caplog.text
