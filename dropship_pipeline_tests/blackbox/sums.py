"""Adds up what the records say, figure by figure, against the ledger, the sellers and the marketplace's own count."""

from typing import Any

from dropship_pipeline_tests.blackbox.evidence import rows

_RUNS = "SELECT * FROM collection_runs ORDER BY id"
_LEDGER = "SELECT job_id, provider, sum(coalesce(credits, 0))::int AS credits FROM api_calls GROUP BY 1, 2"
_NEW = "SELECT first_job_id AS job_id, count(*)::int AS number FROM sellers GROUP BY 1"
_SEEN = "SELECT run_id, count(*)::int AS number FROM seller_runs GROUP BY 1"
_SEARCHES = "SELECT job_id, count(*)::int AS number FROM query_outcomes WHERE platform = 'ebay' GROUP BY 1"
_WITNESSES = """
    SELECT count(*)::int AS number FROM (SELECT DISTINCT seller_id, run_id FROM collection_items
    WHERE seller_id IS NOT NULL) AS i LEFT JOIN seller_runs s USING (seller_id, run_id) WHERE s.run_id IS NULL
"""


def differences(database_url: str, charged: int, *, lost: int = 0) -> list[str]:
    """Every figure that does not add up, in words; none where all do.

    Args:
        database_url: of a database with one org.
        charged: credits that the marketplace has counted.
        lost: at most so many of them belong to calls that were in flight when a run was killed.
    """
    runs, wrong = rows(database_url, _RUNS), []

    def same(what: str, told: object, true: object) -> None:
        if told != true:
            wrong.append(f"{what}: {told} is told, {true} is true")

    ledger = rows(database_url, _LEDGER)
    booked = sum(row["credits"] for row in ledger)
    if not charged - lost <= booked <= charged:
        wrong.append(f"ledger: {booked} credits of {charged}, at most {lost} may be lost")
    same("credits of all runs", sum(run["credits_used"] for run in runs), booked)
    for row in ledger:
        told = sum(run["credits_by_provider"].get(row["provider"], 0) for run in _of(runs, row["job_id"]))
        same(f"{row['provider']} credits of job {row['job_id']}", told, row["credits"])
    for run in runs:
        same(f"credits of run {run['id']}", run["credits_used"], sum(run["credits_by_provider"].values()))
    new, seen = _by(database_url, _NEW, "job_id"), _by(database_url, _SEEN, "run_id")
    for job_id in {run["job_id"] for run in runs}:
        told = sum(run["new_sellers"] for run in _of(runs, job_id))
        same(f"new sellers of job {job_id}", told, new.get(job_id, 0))
    for run in runs:
        same(f"sellers of run {run['id']}", run["sellers_found"], seen.get(run["id"], 0))
    for job_id, number in _by(database_url, _SEARCHES, "job_id").items():
        if _of(runs, job_id)[0]["job_name"] == "collect_sellers":
            told = sum(run["products_checked"] for run in _of(runs, job_id))
            same(f"products of job {job_id}", told, number)
    same("sellers of a listing without the run that saw it", 0, rows(database_url, _WITNESSES)[0]["number"])
    return wrong


def _of(runs: list[dict[str, Any]], job_id: str) -> list[dict[str, Any]]:
    return [run for run in runs if run["job_id"] == job_id]


def _by(database_url: str, query: str, key: str) -> dict[Any, int]:
    return {row[key]: row["number"] for row in rows(database_url, query)}
