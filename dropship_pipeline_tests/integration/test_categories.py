"""What earlier runs tell the forms and the charts."""

from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.reports import Reports
from dropship_pipeline.storage.sellers.categories import category_names
from dropship_pipeline_tests.integration.cli_runner import add_run
from dropship_pipeline_tests.integration.found_rows import add_job_product


def test_the_categories_of_the_latest_search_are_offered_and_no_older_ones(
    database: Database, records: RunRecords
) -> None:
    for job_id, category in (("old", "Garden"), ("job", "Lamps"), ("without products", "")):
        add_run(records, job_id, job_id)
        if category:
            add_job_product(database, job_id=job_id, categories=[{"category": category, "rank": 1}, {"rank": 2}])
    assert category_names(database, "default") == ["Lamps"]
    assert category_names(database, "another org") == []


def test_a_chart_shows_what_each_run_cost(database: Database, records: RunRecords) -> None:
    moment = utc_now()
    for number, credits in enumerate((160, 51)):
        add_run(
            records, f"d{number}", "job", status="stopped" if number == 0 else "completed", credits_used=credits,
            started_at=moment, completed_at=moment,
        )  # fmt: skip
    add_run(records, "d9", "other", status="completed", credits_used=7, started_at=moment, completed_at=moment)
    points = Reports(database, "default").points()
    assert [point.credits for point in points] == [160, 51, 7]
    assert [point.error_rate for point in points] == [None, None, None]
