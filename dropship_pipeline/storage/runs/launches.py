"""launch_keys: the run that each Idempotency-Key started; and one launch at a time per org.

A key is written before its run is launched and completed after. So a client that repeats the request after a crash in
between learns that there may be a run already.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from dropship_pipeline.errors import StorageUnavailable
from dropship_pipeline.storage.database.connection import OfOrg
from dropship_pipeline.storage.database.locks import named_lock
from dropship_pipeline.storage.database.tables import launch_keys, orgs

# A launch takes as long as Dagster takes to answer, which is bounded by the client's time-out.
TURN_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class LaunchKey:
    """A key as its row says.

    Args:
        request_hash: of the request that it was first used for.
        dagster_run_id: what was launched; None while it is not known whether a run was.
        run_id: the number of its record.
        new: whether this call made the row.
    """

    request_hash: str
    dagster_run_id: str | None
    run_id: int | None
    new: bool


class Launches(OfOrg):
    """The launches of one org. Every method raises StorageUnavailable."""

    @contextmanager
    def turn(self, wait_s: float = TURN_WAIT_S) -> Iterator[None]:
        """Hold the org's right to launch, over all processes, while the block runs.

        Raises:
            StorageUnavailable: Postgres does not answer, or others launched for all of `wait_s`.
        """
        refusal = StorageUnavailable(
            "Another launch of the same org is still waiting for Dagster; try again in some seconds"
        )
        with named_lock(self._database, f"dropship:{self._org_id}:launch", refusal=refusal, wait_s=wait_s):
            yield

    def claim(self, key: str, request_hash: str) -> LaunchKey:
        """The key's row, made for this request if there was none."""
        row = {"org_id": self._org_id, "key": key, "request_hash": request_hash}
        mine = launch_keys.c.org_id == self._org_id, launch_keys.c.key == key
        with self._database.begin() as connection:
            connection.execute(insert(orgs).values(id=self._org_id).on_conflict_do_nothing())
            made = connection.execute(insert(launch_keys).values(row).on_conflict_do_nothing()).rowcount == 1
            found = connection.execute(select(launch_keys).where(*mine)).one()
        return LaunchKey(found.request_hash, found.dagster_run_id, found.run_id, made)

    def complete(self, key: str, dagster_run_id: str, run_id: int) -> None:
        """Write down what was launched under the key."""
        mine = launch_keys.c.org_id == self._org_id, launch_keys.c.key == key
        with self._database.begin() as connection:
            connection.execute(update(launch_keys).where(*mine).values(dagster_run_id=dagster_run_id, run_id=run_id))

    def forget(self, key: str) -> None:
        """Free a key under which nothing was launched, so that the request can be corrected."""
        mine = launch_keys.c.org_id == self._org_id, launch_keys.c.key == key
        with self._database.begin() as connection:
            connection.execute(launch_keys.delete().where(*mine, launch_keys.c.dagster_run_id.is_(None)))
