"""`dropship runs`, `status`, `stop`: show and stop recorded runs."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Annotated

import typer

from dropship_pipeline.cli.stores import Stores, find_run, open_stores
from dropship_pipeline.cli.terminal import AsJson, Columns, plain_errors, say, show_json, show_table
from dropship_pipeline.collection.costs import Prices, Spending
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.runs.reports import RunPage, RunReport
from dropship_pipeline.storage.runs.values import JobFigures

ERRORS_SHOWN = 10
MAX_ROWS = 10_000

Reference = Annotated[
    str, typer.Argument(metavar="RUN", help="Number of the run, or the beginning of its Dagster run id or job id.")
]
_COLUMNS: Columns = {
    "run": "right", "job": "left", "state": "left", "phase": "left", "progress": "right", "products": "right",
    "sellers": "right", "new": "right", "credits": "right", "started (UTC)": "left", "duration": "right",
}  # fmt: skip


def runs(
    limit: Annotated[int, typer.Option(min=1, max=MAX_ROWS, help="How many, counted from the newest.")] = 20,
    *,
    as_json: AsJson = False,
) -> None:
    """List collection runs, newest first."""
    with plain_errors(), open_stores() as stores:
        found, prices = stores.reports.page(1, limit), stores.settings.credit_prices
        if as_json:
            show_json([_priced(run, prices) for run in found.runs])
        elif found.runs:
            show_table({**_COLUMNS, **({"money": "right"} if prices else {})}, list(_rows(found, prices)))
        else:
            say(f"No run of org {stores.settings.org} is recorded yet")


def _priced(run: RunReport, prices: Prices) -> dict[str, object]:
    return {**asdict(run), "cost": Spending.of_run(run, prices).whole}


def _rows(page: RunPage, prices: Prices) -> Iterator[tuple[object, ...]]:
    """Runs of one job together, below what they came to where there are several."""
    for job, runs in page.by_job:
        if len(job.runs) > 1:
            yield (
                "", job.job_name, f"{len(job.runs)} runs together", "", "", job.products_checked, job.sellers,
                job.new_sellers, job.credits_used, "", "", *_money(Spending.of_job(job, prices), prices),
            )  # fmt: skip
        for run in runs:
            yield (*_row(run), *_money(Spending.of_run(run, prices), prices))


def _money(spent: Spending, prices: Prices) -> list[str]:
    """The cell of the money, where there is such a column."""
    return [str(spent.whole or "")] if prices else []


def _row(run: RunReport) -> tuple[object, ...]:
    return (
        run.run_id, run.job_name, _state(run), run.phase, f"{run.phase_progress}/{run.phase_total}",
        run.products_checked, run.sellers_found, run.new_sellers, run.credits_used, _time(run.started_at),
        _duration(run.duration),
    )  # fmt: skip


def status(
    run: Reference,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Follow it until it ends.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show one run whole, with its last errors."""
    with plain_errors("not watching any more; the run goes on"), open_stores() as stores:
        if watch and as_json:
            raise RequestInvalid("--watch draws and --json prints once: leave one of them out")
        found = find_run(stores.reports, run)
        if as_json:
            show_json(_document(stores, found))
            return
        if watch and not found.ended:
            from dropship_pipeline.cli.watch import follow  # noqa: PLC0415  (rich's progress bars; only here)

            found = follow(lambda: _current(stores, found.run_id))
        job = stores.reports.jobs([found.job_id])[found.job_id]
        for line in _whole(found, job, stores.settings.credit_prices):
            say(line)
        for line in _outcomes_and_errors(stores, found):
            say(line)


def _document(stores: Stores, run: RunReport) -> dict[str, object]:
    prices = stores.settings.credit_prices
    job = stores.reports.jobs([run.job_id])[run.job_id]
    return {
        **_priced(run, prices),
        "collection": {**asdict(job), "cost": Spending.of_job(job, prices).whole},
        "outcomes": stores.reports.outcomes(run.job_id),
        "not_read": [reading.sentence for reading in stores.readings.of_job(run.job_id) if reading.sentence],
        "errors": stores.records.errors.page(run.run_id, ERRORS_SHOWN),
    }


def _current(stores: Stores, run_id: int) -> RunReport:
    stores.records.settlement.settle_dead()
    run = stores.reports.run(run_id)
    if run is None:
        raise RequestInvalid(f"Run {run_id} has been deleted")
    return run


def _whole(run: RunReport, job: JobFigures, prices: Prices) -> Iterator[str]:
    spent, of_job = Spending.of_run(run, prices), Spending.of_job(job, prices)
    budget = "" if job.credits_budget is None else f" of {job.credits_budget}"
    values = {
        "run": run.run_id,
        "job": run.job_name,
        "job id": run.job_id,
        "dagster run": run.dagster_run_id,
        "state": _state(run),
        "phase": run.phase,
        "progress": f"{run.phase_progress}/{run.phase_total}",
        "products": run.products_checked,
        "sellers": f"{run.sellers_found}, {run.new_sellers} new",
        "credits": run.credits_used,
        "paid": spent if spent.total else None,
        "a new seller": spent.each(run.new_sellers),
        "collection": f"{job.products_checked} products, {job.sellers} sellers, {job.new_sellers} new, "
        f"{job.credits_used}{budget} credits{_in_money(of_job)}; made by run {', run '.join(map(str, job.runs))}",
        "created": _time(run.created_at),
        "started": _time(run.started_at),
        "heard of": _time(run.heartbeat_at),
        "ended": _time(run.completed_at),
        "duration": _duration(run.duration),
        "reason": run.error_message,
        "details": run.error_details and json.dumps(run.error_details, ensure_ascii=False),
        "config": json.dumps(run.config, ensure_ascii=False),
    }
    return (f"{name:<12} {value}" for name, value in values.items() if value not in (None, ""))


def _in_money(spent: Spending) -> str:
    return f", ≈ {spent.whole}" if spent.whole else ""


def _outcomes_and_errors(stores: Stores, run: RunReport) -> Iterator[str]:
    for outcome in stores.reports.outcomes(run.job_id):
        yield f"{outcome.platform:<12} {outcome.queries} {outcome.state}"
    for reading in stores.readings.of_job(run.job_id):
        if reading.sentence:
            yield f"{'not read':<12} {reading.sentence}"
    errors = stores.records.errors.page(run.run_id, ERRORS_SHOWN)
    if errors:
        yield f"Last errors, newest first, at most {ERRORS_SHOWN}:"
    for error in errors:
        answer = "" if error.response_status is None else f" {error.response_status}"
        about = error.product_id or error.query
        where = f" {about}" if about else ""
        yield f"  {_time(error.occurred_at)}  {error.platform} {error.reason}{answer}{where}: {error.message}"


def stop(run: Reference) -> None:
    """Ask a running run to stop; it keeps what it has."""
    with plain_errors(), open_stores() as stores:
        number = find_run(stores.reports, run).run_id
        if not stores.records.request_stop(number):
            raise RequestInvalid(_not_to_be_stopped(_current(stores, number)))
        say(
            f"Run {number} is asked to stop: calls in flight are finished, what was found is kept, and it ends as "
            f"stopped. `dropship status {number} --watch` shows when, `dropship resume {number}` goes on from there"
        )


def _not_to_be_stopped(run: RunReport) -> str:
    if run.status == "pending":
        return f"Run {run.run_id} is waiting for another run to end: terminate it in the Dagster UI"
    if run.status == "stopping":
        return f"Run {run.run_id} is stopping already"
    return f"Run {run.run_id} is not running, it is {run.status}"


def _state(run: RunReport) -> str:
    marks = [
        *(["sandbox"] if run.sandbox else []),
        *([] if run.continued_by is None else [f"continued by Run {run.continued_by}"]),
    ]
    return f"{run.status} ({', '.join(marks)})" if marks else run.status


def _time(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}"


def _duration(duration: timedelta | None) -> str:
    return "" if duration is None else str(timedelta(seconds=int(duration.total_seconds())))
