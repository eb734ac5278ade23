"""What the admin page works with, one of each per process: settings, stores, Dagster, tokens."""

from dataclasses import dataclass, field
from typing import Self

from dropship_pipeline.admin.dagster_client import DagsterClient
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.objects import ObjectStore, object_store
from dropship_pipeline.storage.tokens import Tokens

# Each holds a connection for as long as its reader takes; the others are for everybody else.
EXPORTS_AT_ONCE = 4


@dataclass(slots=True)
class Slots:
    """Counts how many of something run at once in one event loop."""

    most: int
    taken: int = 0

    @property
    def are_all_taken(self) -> bool:
        """Whether no further one may begin."""
        return self.taken >= self.most


@dataclass(frozen=True, slots=True)
class Services:
    """The services of the process; routes and pages find them at `request.app.state.services`."""

    settings: Settings
    database: Database
    objects: ObjectStore
    dagster: DagsterClient
    tokens: Tokens
    exports: Slots = field(default_factory=lambda: Slots(EXPORTS_AT_ONCE))

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Connect to what the settings name; no server is asked yet.

        Raises:
            SettingsError: no database is named, or the settings of the object store do not fit.
        """
        database = Database.from_settings(settings, checked=True)
        dagster = DagsterClient(settings.dagster_api_url, settings.dagster_token)
        return cls(settings, database, object_store(settings), dagster, Tokens(database))

    def close(self) -> None:
        """Close every connection."""
        self.dagster.close()
        self.database.close()
        self.objects.close()
