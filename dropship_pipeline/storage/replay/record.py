"""What a replay came to: kept in its run's record, and said in one line."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, update

from dropship_pipeline.storage.database.tables import collection_runs
from dropship_pipeline.storage.replay.changes import ReplayChanges

SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRecord:
    """One replay.

    Args:
        job_id: the job that was judged again.
        searches: searches whose kept answers were read.
        not_kept: products whose search had an answer that is not kept any more; their rows stay.
        lists_read: whether the best-seller lists were read again; not where the answer of one is not kept.
        changes: what changed.
    """

    job_id: str
    searches: int
    not_kept: Sequence[str]
    lists_read: bool
    changes: ReplayChanges

    @property
    def doubt(self) -> str | None:
        """Why the job is judged in part only; None where it is judged whole."""
        if not self.not_kept:
            return None
        names = ", ".join(self.not_kept[:SHOWN]) + (", …" if len(self.not_kept) > SHOWN else "")
        return (
            f"The answers to {len(self.not_kept)} of {self.searches + len(self.not_kept)} searches are not kept any "
            f"more, so the listings of these products stay as they were: {names}"
        )

    @property
    def numbers(self) -> Mapping[str, int]:
        """Its figures, by name."""
        return {
            "searches": self.searches,
            "not_kept": len(self.not_kept),
            "lists_read": int(self.lists_read),
            **{f"listings_{kind}": number for kind, number in self.changes.listings.items()},
            **{f"sellers_{kind}": number for kind, number in self.changes.sellers.items()},
            "credits": 0,
        }

    @property
    def sentence(self) -> str:
        """The replay in one line."""
        listings, sellers = self.changes.listings, self.changes.sellers
        return (
            f"{self.searches} searches; listings {listings['gained']} gained, {listings['lost']} lost, "
            f"{listings['moved']} in another band; sellers {sellers['gained']} gained, "
            f"{sellers['lost']} lost; 0 credits"
        )


def save_record(
    connection: Connection, run_id: int, record: ReplayRecord, parser_version: str, matcher_version: str
) -> None:
    """Write what a replay came to, and what read and judged, into its run's record.

    Args:
        connection: in the transaction that replaced the rows.
        run_id: the replay.
        record: what it came to.
        parser_version: of the parsers that read the answers.
        matcher_version: of the matcher that judged them.
    """
    run = collection_runs.c
    versions = {"parser_version": parser_version, "matcher_version": matcher_version}
    connection.execute(update(collection_runs).where(run.id == run_id).values(replay=asdict(record), **versions))
