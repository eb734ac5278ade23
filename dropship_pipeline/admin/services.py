"""What the admin page works with: settings, stores, Dagster, tokens. One of each a process."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from dropship_pipeline.admin.dagster_client import DagsterClient
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database import Database
from dropship_pipeline.storage.objects import object_store
from dropship_pipeline.storage.tokens import Tokens

if TYPE_CHECKING:
    from dropship_pipeline.storage.objects import ObjectStore


@dataclass(frozen=True, slots=True)
class Services:
    """Handed to every route and page; reachable as `request.app.state.services`."""

    settings: Settings
    database: Database
    objects: "ObjectStore"
    dagster: DagsterClient
    tokens: Tokens

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Connect to what the settings name; nothing is asked yet, so nothing has to answer.

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
