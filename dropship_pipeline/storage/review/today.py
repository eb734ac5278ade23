"""What the page Today shows beside the list of sellers: pictures, what moved, what was paid, who was marked since."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text

from dropship_pipeline.models import Provider
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import (
    JUDGED_ITEMS,
    api_calls,
    collection_runs,
    match_labels,
    seller_marks,
)
from dropship_pipeline.storage.review.changes import SellerChanges, SellerKind
from dropship_pipeline.storage.sellers.filters import latest_job

PICTURES = 3

# One listing a product, the latest; a seller may have ten thousand, so each is looked up by the index.
_PICTURES = text(
    f"""
    SELECT s.id AS seller_id, found.job_id, found.asin, found.item_id, found.title
    FROM unnest(CAST(:ids AS bigint[])) AS s(id) CROSS JOIN LATERAL (
        SELECT DISTINCT ON (asin) job_id, asin, item_id, title FROM {JUDGED_ITEMS} AS items
        WHERE seller_id = s.id AND org_id = :org_id AND band = 'accept' AND image_url IS NOT NULL
        ORDER BY asin, seen_at DESC LIMIT :pictures
    ) AS found
    """  # noqa: S608  (constants only)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedPicture:
    """A picture of an accepted listing."""

    job_id: str
    asin: str
    item_id: str
    title: str


@dataclass(frozen=True, slots=True)
class LatestSearch:
    """The latest finished search, and the one before it of the same settings.

    Args:
        run_id: of the latest search; None before the first.
        against: of the one before; None where there is none to compare with.
    """

    run_id: int | None = None
    against: int | None = None


class Today:
    """Reads of one org. Every method raises StorageUnavailable."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id
        self._changes = SellerChanges(database, org_id)

    def pictures(self, seller_ids: Sequence[int]) -> dict[int, list[MatchedPicture]]:
        """Up to three pictures of accepted listings a seller, each of another product."""
        found: dict[int, list[MatchedPicture]] = {}
        values = {"ids": list(seller_ids), "org_id": self._org_id, "pictures": PICTURES}
        with self._database.begin() as connection:
            for row in connection.execute(_PICTURES, values):
                picture = MatchedPicture(job_id=row.job_id, asin=row.asin, item_id=row.item_id, title=row.title)
                found.setdefault(row.seller_id, []).append(picture)
        return found

    def latest(self) -> LatestSearch:
        """The latest finished search, with which search it is compared."""
        runs = collection_runs.c
        latest = select(func.max(runs.id)).where(runs.org_id == self._org_id, runs.job_id == latest_job(self._org_id))
        with self._database.begin() as connection:
            run_id = connection.execute(latest).scalar_one_or_none()
        return LatestSearch() if run_id is None else LatestSearch(run_id, self._changes.run_before(run_id))

    def count_changed(self, search: LatestSearch) -> Mapping[SellerKind, int]:
        """How many sellers the search changed in which way: it reads all listings of both searches."""
        if search.run_id is None or search.against is None:
            return {}
        return self._changes.count_sellers(search.against, search.run_id)

    def changed(self, search: LatestSearch, seller_ids: Collection[int]) -> Mapping[SellerKind, Collection[int]]:
        """Which of these sellers the search changed in which way; empty where it is compared with none."""
        if search.run_id is None or search.against is None:
            return {}
        return self._changes.kinds_of(search.against, search.run_id, seller_ids)

    def credits_since(self, moment: datetime) -> dict[Provider, int]:
        """Credits of the calls that were settled since then, by provider: they are not of one kind."""
        call = api_calls.c
        spent = select(call.provider, func.coalesce(func.sum(call.credits), 0)).where(
            call.org_id == self._org_id, call.settled_at >= moment
        )
        with self._database.begin() as connection:
            return {row[0]: int(row[1]) for row in connection.execute(spent.group_by(call.provider))}

    def reviewed_at(self) -> datetime | None:
        """When somebody of the org changed a mark, or said something of a match, last."""
        mark, label = seller_marks.c, match_labels.c
        latest = select(
            func.greatest(
                select(func.max(mark.changed_at)).where(mark.org_id == self._org_id).scalar_subquery(),
                select(func.max(label.changed_at)).where(label.org_id == self._org_id).scalar_subquery(),
            )
        )
        with self._database.begin() as connection:
            changed: datetime | None = connection.execute(latest).scalar_one()
        return changed
