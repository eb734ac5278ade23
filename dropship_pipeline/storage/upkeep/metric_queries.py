"""The queries behind the metrics, and the metric families made of their rows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, get_args

from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from sqlalchemy import ColumnElement, Connection, Row, Select, case, func, select, true

from dropship_pipeline.models import FINAL_STATES, RunState
from dropship_pipeline.storage.database.tables import alerts, api_calls, collection_errors, collection_runs, sellers

# A month and some days: the last run of a monthly schedule is always within it.
WINDOW = timedelta(days=35)
STATES: tuple[RunState, ...] = get_args(RunState)
# Upper bounds in seconds, from a minute's test to a day's collection.
BUCKETS = (10, 30, 60, 300, 900, 1_800, 3_600, 7_200, 21_600, 86_400)
# A status that HTTP does not know could be any number, and with it any number of series.
HTTP_STATUSES = range(100, 600)

_run = collection_runs.c
_JOB = _run.job_name.label("job")
_DATA = case((_run.sandbox, "sandbox"), else_="live").label("data")
_RUN_LABELS = ("job", "data")
_DURATION = func.extract("epoch", _run.completed_at - _run.started_at)
_QUEUE_WAIT = func.extract("epoch", _run.started_at - _run.created_at)


def read_metrics(connection: Connection, org: str | None) -> Iterator[Metric]:
    """Every family, of one org or of all."""
    yield _runs(connection, org)
    yield _histogram(
        connection, org, "dropship_run_duration_seconds", "How long runs worked, of all that ended.", _DURATION
    )
    yield _histogram(
        connection, org, "dropship_queue_wait_seconds", "How long runs waited before they began.", _QUEUE_WAIT
    )
    yield from _last_runs(connection, org)
    yield _last_completed(connection, org)
    yield from _calls(connection, org)
    yield _errors(connection, org)
    yield _count(connection, "dropship_sellers", "Sellers that are known.", select(func.count()).where(
        _of(org, sellers.c.org_id)).select_from(sellers))  # fmt: skip
    yield _count(connection, "dropship_alerts_unsent", "Alerts that the webhook has not taken.", select(
        func.count()).where(_of(org, alerts.c.org_id), alerts.c.sent_at.is_(None)).select_from(alerts))  # fmt: skip


def _runs(connection: Connection, org: str | None) -> Metric:
    """Every state of a job that ever ran, so that a rule on one of them has something to look at from the start."""
    family = GaugeMetricFamily("dropship_runs", "Runs by the state they are in.", labels=(*_RUN_LABELS, "state"))
    query = select(_JOB, _DATA, _run.status, func.count().label("runs")).where(_of(org, _run.org_id))
    counts = {
        (row.job, row.data, row.status): row.runs
        for row in connection.execute(query.group_by(_JOB, _DATA, _run.status))
    }
    for job, data in sorted({(job, data) for job, data, _ in counts}):
        for state in STATES:
            family.add_metric((job, data, state), counts.get((job, data, state), 0))
    return family


def _histogram(
    connection: Connection, org: str | None, name: str, documentation: str, seconds: ColumnElement[Any]
) -> Metric:
    counted = [func.count().filter(seconds <= bound).label(f"to_{bound}") for bound in BUCKETS]
    query = (
        select(_JOB, _DATA, *counted, func.count().label("runs"), func.sum(seconds).label("seconds"))
        .where(_of(org, _run.org_id), seconds.is_not(None))
        .group_by(_JOB, _DATA)
        .order_by(_JOB, _DATA)
    )
    family = HistogramMetricFamily(name, documentation, labels=_RUN_LABELS)
    for row in connection.execute(query):
        buckets = [(str(float(bound)), getattr(row, f"to_{bound}")) for bound in BUCKETS]
        family.add_metric((row.job, row.data), [*buckets, ("+Inf", row.runs)], float(row.seconds))
    return family


def _last_runs(connection: Connection, org: str | None) -> Iterator[Metric]:
    query = (
        select(_JOB, _DATA, _DURATION.label("seconds"), _run.products_checked, _run.sellers_found, _run.new_sellers)
        .where(_of(org, _run.org_id), _run.status.in_(FINAL_STATES), _DURATION.is_not(None))
        .distinct(_run.job_name, _run.sandbox)
        .order_by(_run.job_name, _run.sandbox, _run.id.desc())
    )
    rows = connection.execute(query).all()

    def family(name: str, documentation: str, values: Iterable[float]) -> Metric:
        return _gauge(f"dropship_last_run_{name}", f"{documentation} of the last run that ended.", rows, values)

    yield family("seconds", "Duration", (float(row.seconds) for row in rows))
    yield family("products", "Products", (row.products_checked for row in rows))
    yield family(
        "products_per_second",
        "Products a second",
        (row.products_checked / float(row.seconds) if row.seconds else 0.0 for row in rows),
    )
    yield family("sellers", "Sellers found", (row.sellers_found for row in rows))
    yield family("new_sellers", "Sellers never seen before", (row.new_sellers for row in rows))


def _last_completed(connection: Connection, org: str | None) -> Metric:
    """A moment and no age: it stays right in a file that is read later."""
    moment = func.extract("epoch", func.max(_run.completed_at)).label("moment")
    query = select(_JOB, _DATA, moment).where(_of(org, _run.org_id), _run.status == "completed")
    rows = connection.execute(query.group_by(_JOB, _DATA).order_by(_JOB, _DATA)).all()
    return _gauge(
        "dropship_last_completed_timestamp_seconds",
        "When a run last completed; time() minus this is its age.",
        rows,
        (float(row.moment) for row in rows),
    )


def _calls(connection: Connection, org: str | None) -> Iterator[Metric]:
    recent = (
        select(_run.job_id, func.bool_and(_run.sandbox).label("sandbox"))
        .where(_of(org, _run.org_id), _run.created_at > func.now() - WINDOW)
        .group_by(_run.job_id)
        .subquery()
    )
    call = api_calls.c
    data = case((recent.c.sandbox, "sandbox"), else_="live").label("data")
    query = (
        select(
            call.provider, call.state, call.http_status, data, func.count().label("calls"),
            func.coalesce(func.sum(call.credits), 0).label("credits"),
        )
        .join(recent, recent.c.job_id == call.job_id)
        .where(_of(org, call.org_id))
        .group_by(call.provider, call.state, call.http_status, data)
    )  # fmt: skip
    jobs = f"jobs that ran in the last {WINDOW.days} days"
    rows = connection.execute(query).all()
    yield _summed(
        "dropship_calls", f"Paid calls of {jobs}, as the ledger has them.", ("provider", "state", "status", "data"),
        (((row.provider, row.state, _status(row.http_status), row.data), row.calls) for row in rows),
    )  # fmt: skip
    yield _summed(
        "dropship_credits", f"What {jobs} have paid.", ("provider", "data"),
        (((row.provider, row.data), row.credits) for row in rows),
    )  # fmt: skip


def _errors(connection: Connection, org: str | None) -> Metric:
    error = collection_errors.c
    query = (
        select(error.platform, error.kind, error.response_status, _DATA, func.count().label("errors"))
        .join(collection_runs, _run.id == error.run_id)
        .where(_of(org, _run.org_id), _run.created_at > func.now() - WINDOW)
        .group_by(error.platform, error.kind, error.response_status, _DATA)
    )
    return _summed(
        "dropship_errors", f"Queries and products lost in runs of the last {WINDOW.days} days.",
        ("platform", "kind", "status", "data"),
        (
            ((row.platform, row.kind, _status(row.response_status), row.data), row.errors)
            for row in connection.execute(query)
        ),
    )  # fmt: skip


def _of(org: str | None, column: ColumnElement[str]) -> ColumnElement[bool]:
    return true() if org is None else column == org


def _status(status: int | None) -> str:
    if status is None:
        return "none"
    return str(status) if status in HTTP_STATUSES else "other"


def _gauge(name: str, documentation: str, rows: Sequence[Row[Any]], values: Iterable[float]) -> Metric:
    family = GaugeMetricFamily(name, documentation, labels=_RUN_LABELS)
    for row, value in zip(rows, values, strict=True):
        family.add_metric((row.job, row.data), value)
    return family


def _summed(
    name: str, documentation: str, labels: Sequence[str], found: Iterable[tuple[tuple[str, ...], int]]
) -> Metric:
    """A gauge of sums: several rows may have the same labels."""
    sums: dict[tuple[str, ...], int] = {}
    for values, number in found:
        sums[values] = sums.get(values, 0) + int(number)
    family = GaugeMetricFamily(name, documentation, labels=labels)
    for values in sorted(sums):
        family.add_metric(values, sums[values])
    return family


def _count(connection: Connection, name: str, documentation: str, query: Select[tuple[int]]) -> Metric:
    return GaugeMetricFamily(name, documentation, value=connection.execute(query).scalar_one())
