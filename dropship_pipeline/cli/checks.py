"""What is checked of a run before it is forecast, scheduled or gone on with. What reads runs only imports no job."""

from contextlib import closing

from dropship_pipeline.cli.stores import Stores, find_run
from dropship_pipeline.collection.resuming import not_resumable
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.settings import JobSettings
from dropship_pipeline.storage.runs.reports import RunReport


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


def resumable_run(stores: Stores, reference: str) -> RunReport:
    """The run that a person means, where it can be gone on with.

    Raises:
        RequestInvalid: there is no one such run, or there is nothing to go on with.
    """
    found = find_run(stores.reports, reference)
    reason = not_resumable(found, sandbox=stores.settings.sandbox)
    if reason is not None:
        raise RequestInvalid(reason)
    return found
