"""Takes back what a person changed last, whatever it was: marks of sellers or labels of matches."""

from collections.abc import Sequence
from dataclasses import dataclass

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.review.change_log import Changed, take_latest
from dropship_pipeline.storage.review.labels import MatchLabels
from dropship_pipeline.storage.review.marks import SellerMarks


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone(Changed):
    """What was taken back.

    Args:
        relabelled: of the sellers, those of a match that is labelled differently: their scores are others.
    """

    relabelled: Sequence[int]


def undo_latest(database: Database, org_id: str, *, by: str) -> Undone:
    """Take back the latest change of a person that is not taken back yet.

    What somebody else has changed since in the same field of the same seller or match stays as they left it.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    with database.begin() as connection:
        change_id, changes = take_latest(connection, org_id, by=by)
        of_sellers = [change for change in changes if change.item_id is None]
        of_matches = [change for change in changes if change.item_id is not None]
        marked = SellerMarks(database, org_id).restore(connection, of_sellers, by=by)
        relabelled = MatchLabels(database, org_id).restore(connection, of_matches)
    # The one on whose page it was said comes first.
    named = [change.seller_id for change in of_matches if change.seller_id in relabelled]
    return Undone(
        change_id=change_id,
        seller_ids=tuple(dict.fromkeys([*marked, *named, *relabelled])),
        relabelled=tuple(relabelled),
    )
