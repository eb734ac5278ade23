"""The stores of this process, each connected when it is first used."""

from functools import cached_property
from typing import TYPE_CHECKING

from dropship_pipeline.settings import Settings, load_settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.frames import FrameStore

if TYPE_CHECKING:
    from dropship_pipeline.storage.objects import ObjectStore


class Storage:
    """Postgres and S3 of this process, connected when first used.

    Args:
        org: whose data; None for the org of the settings.
    """

    def __init__(self, org: str | None = None) -> None:
        self._org = org

    @cached_property
    def settings(self) -> Settings:
        """The settings, read once a process; their org is the one that this storage is for.

        Raises:
            SettingsError: a setting does not fit.
        """
        settings = load_settings()
        return settings.model_copy(update={"org": self._org}) if self._org else settings

    @property
    def org(self) -> str:
        """Whose data."""
        return self.settings.org

    @cached_property
    def database(self) -> Database:
        """The project's database."""
        return Database.from_settings(self.settings)

    @cached_property
    def objects(self) -> "ObjectStore":
        """The object store."""
        from dropship_pipeline.storage.objects import object_store  # noqa: PLC0415  (boto3 is slow to import)

        return object_store(self.settings)

    @cached_property
    def records(self) -> RunRecords:
        """The run records of the org."""
        return RunRecords(self.database, self.org)

    @cached_property
    def frames(self) -> FrameStore:
        """The frames of the org."""
        return FrameStore(self.database, self.org)

    def close(self) -> None:
        """Close what was opened."""
        for name in ("database", "objects"):
            opened = self.__dict__.pop(name, None)
            if opened is not None:
                opened.close()
