"""Opens and closes the database for a command, and turns every failure into one sentence."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from dropship_pipeline.jobs.settings import JobSettings
from dropship_pipeline.settings import Settings, load_settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.readings import Readings
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.runs.reports import Reports


@dataclass(frozen=True, slots=True)
class Stores:
    """What commands read and write, for the org of the settings."""

    settings: Settings
    database: Database
    reports: Reports
    readings: Readings
    records: RunRecords


def require_known_categories(stores: Stores, settings: JobSettings) -> None:
    """Refuse categories that the marketplace is known not to have; nothing is asked or paid.

    Raises:
        RequestInvalid: names one, and the nearest that there is.
        SettingsError: the settings of the object store do not fit.
        StorageUnavailable: Postgres does not answer.
    """
    if not getattr(settings, "categories", ()):
        return
    from dropship_pipeline.collection.known_categories import require_categories  # noqa: PLC0415  (seldom needed)
    from dropship_pipeline.storage.objects import object_store  # noqa: PLC0415

    with closing(object_store(stores.settings)) as objects:
        environment = stores.settings
        require_categories(stores.database, objects, environment.org, environment.amazon_domain, settings)


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
