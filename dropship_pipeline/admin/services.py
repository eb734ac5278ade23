"""What the admin page works with, one of each per process: settings, stores, Dagster, tokens."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

from dropship_pipeline.admin.dagster_client import DagsterClient
from dropship_pipeline.errors import StorageUnavailable
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.objects import ObjectStore, object_store
from dropship_pipeline.storage.tokens import Tokens

# Each holds a connection for as long as its reader takes; the others are for everybody else.
EXPORTS_AT_ONCE = 4
# Beyond those, an org that has none of them may have one, so that no org can keep the others waiting.
EXPORTS_AT_MOST = 6


@dataclass(slots=True)
class Slots:
    """Counts how many of something run at once in one event loop, and for which org.

    Args:
        usual: how many there are for whoever comes first.
        most: how many there are with those for orgs that have none.
    """

    usual: int
    most: int
    taken: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def one_for(self, org: str) -> Iterator[None]:
        """Hold one while the block runs. There is nothing to wait for in it, so that no two can take the same.

        Raises:
            StorageUnavailable: all are taken.
        """
        if self.taken.total() >= (self.most if not self.taken[org] else self.usual):
            raise StorageUnavailable(
                "As many exports as there may be at once are going on: try again when one has ended"
            )
        self.taken[org] += 1
        try:
            yield
        finally:
            self.taken[org] -= 1
            self.taken += Counter()  # forgets the orgs that have none


@dataclass(frozen=True, slots=True)
class Services:
    """The services of the process; routes and pages find them at `request.app.state.services`."""

    settings: Settings
    database: Database
    objects: ObjectStore
    dagster: DagsterClient
    tokens: Tokens
    exports: Slots = field(default_factory=lambda: Slots(EXPORTS_AT_ONCE, EXPORTS_AT_MOST))

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
