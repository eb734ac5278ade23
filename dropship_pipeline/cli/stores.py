"""Opens and closes the database for a command, and turns every failure into one sentence."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.settings import Settings, load_settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.readings import Readings
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.reports import MATCHES_SHOWN, Reports, RunReport


@dataclass(frozen=True, slots=True)
class Stores:
    """What commands read and write, for the org of the settings."""

    settings: Settings
    database: Database
    reports: Reports
    readings: Readings
    records: RunRecords


@contextmanager
def open_stores() -> Iterator[Stores]:
    """Open the database that the settings name. Runs whose processes have died are settled first.

    Raises:
        SettingsError: no database is named, or it lacks our tables.
        StorageUnavailable: it does not answer.
    """
    settings = load_settings()
    database = Database.from_settings(settings)
    org = settings.org
    stores = Stores(settings, database, Reports(database, org), Readings(database, org), RunRecords(database, org))
    try:
        stores.records.settlement.settle_dead()
        yield stores
    finally:
        database.close()


def find_run(reports: Reports, reference: str) -> RunReport:
    """The run that a person means.

    Args:
        reports: where runs are looked for.
        reference: its number, or the beginning of its Dagster run id or job id.

    Raises:
        RequestInvalid: there is none, or several.
    """
    matches = reports.find_runs(reference) if reference.strip() else []
    if not matches:
        raise RequestInvalid(f"No run is called {reference!r}; `dropship runs` lists them")
    if len(matches) > 1:
        more = ", …" if len(matches) == MATCHES_SHOWN else ""
        numbers = ", ".join(str(run.run_id) for run in matches)
        raise RequestInvalid(f"{reference} may mean the runs {numbers}{more}: write the number of one")
    return matches[0]
