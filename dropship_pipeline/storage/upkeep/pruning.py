"""Removes what is no longer needed: old raw answers, and images that no row names.

The ledger's rows stay: only the answers go, never the record of what was paid. First the row stops naming an object,
then the object goes, so a kill in between leaves an object without a row, which the next pruning finds.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import TextClause, text

from dropship_pipeline.models import PLATFORMS
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.locks import platform_lock
from dropship_pipeline.storage.objects import ObjectStore, StoredObject

LOCK_WAIT_S = 5.0

_ORGS = text("SELECT id FROM orgs ORDER BY id")
# A key says which call it belongs to: `raw/<provider>/<job id>/<fingerprint>.json.gz`.
_CALLS = """
    SELECT c.raw_key FROM unnest(CAST(:keys AS text[])) AS listed(key) JOIN api_calls c
    ON c.provider = split_part(listed.key, '/', 2) AND c.job_id = split_part(listed.key, '/', 3)
    AND c.fingerprint = split_part(split_part(listed.key, '/', 4), '.', 1) AND c.raw_key = listed.key
"""
_NAMED_ANSWERS = text(_CALLS)
# Answers that a run may still go on from: young ones, and those of a job that has not ended.
_KEPT_ANSWERS = text(
    f"""{_CALLS} WHERE coalesce(c.settled_at, c.reserved_at) >= :before OR EXISTS (
        SELECT FROM collection_runs r WHERE r.job_id = c.job_id AND r.status IN ('pending', 'running', 'stopping'))
    """
)
_FORGET_ANSWERS = text(
    """
    UPDATE api_calls SET raw_key = NULL FROM unnest(CAST(:keys AS text[])) AS listed(key)
    WHERE provider = split_part(listed.key, '/', 2) AND job_id = split_part(listed.key, '/', 3)
    AND fingerprint = split_part(split_part(listed.key, '/', 4), '.', 1) AND raw_key = listed.key
    """
)
_NAMED_IMAGES = text(
    "SELECT key FROM images WHERE key = ANY(:keys) UNION SELECT image_key FROM products WHERE image_key = ANY(:keys)"
)


@dataclass(slots=True)
class Pruned:
    """What is removed, or would be."""

    objects: int = 0
    size_bytes: int = 0

    def add(self, objects: Sequence[StoredObject]) -> None:
        """Count these too."""
        self.objects += len(objects)
        self.size_bytes += sum(stored.size_bytes for stored in objects)


class Pruning:
    """One pruning of a whole bucket, all orgs together: images are shared by them.

    Args:
        database: names what is in use.
        before: what is younger than this stays, whether a row names it or not.
        dry_run: only count.
    """

    def __init__(self, database: Database, objects: ObjectStore, *, before: datetime, dry_run: bool) -> None:
        self._database = database
        self._objects = objects
        self._before = before
        self._dry_run = dry_run

    def answers(self) -> Pruned:
        """Remove raw answers that were paid for before the time given and belong to no run that goes on.

        Raises:
            StorageUnavailable: Postgres or S3 does not answer; what is not removed yet stays whole.
        """
        pruned = Pruned()
        for page in self._objects.pages("raw/"):
            keys = [stored.key for stored in page]
            kept, named = self._named(_KEPT_ANSWERS, keys), self._named(_NAMED_ANSWERS, keys)
            # A row tells the age of what it names; of an object that a killed process left, only its own date does.
            old = [o for o in page if o.key not in kept and (o.key in named or o.modified_at < self._before)]
            self._forget([stored.key for stored in old])
            self._remove(old, pruned)
        return pruned

    def images(self) -> Pruned:
        """Remove images that no row names.

        Raises:
            RunRefused: a run of some org is collecting, and might name one of them right now.
            StorageUnavailable: Postgres or S3 does not answer.
        """
        pruned = Pruned()
        with self._nobody_collecting():
            for page in self._objects.pages("images/"):
                old = [stored for stored in page if stored.modified_at < self._before]
                named = self._named(_NAMED_IMAGES, [stored.key for stored in old])
                self._remove([stored for stored in old if stored.key not in named], pruned)
        return pruned

    def _remove(self, objects: Sequence[StoredObject], pruned: Pruned) -> None:
        if not self._dry_run:
            self._objects.delete_all([stored.key for stored in objects])
        pruned.add(objects)

    def _forget(self, keys: list[str]) -> None:
        if keys and not self._dry_run:
            with self._database.begin() as connection:
                connection.execute(_FORGET_ANSWERS, {"keys": keys})

    def _named(self, query: TextClause, keys: list[str]) -> set[str]:
        with self._database.begin() as connection:
            return set(connection.execute(query, {"keys": keys, "before": self._before}).scalars())

    @contextmanager
    def _nobody_collecting(self) -> Iterator[None]:
        """Hold the lock of every worker that there could be, so that none takes an image for kept that is going."""
        with self._database.begin() as connection:
            orgs = connection.execute(_ORGS).scalars().all()
        with ExitStack() as locks:
            for org in () if self._dry_run else orgs:
                for platform in PLATFORMS:
                    locks.enter_context(platform_lock(self._database, org, platform, wait_s=LOCK_WAIT_S))
            yield
