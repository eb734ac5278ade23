"""What a job's listings come to by what was judged or said of them, and which of its sellers offer most."""

from dataclasses import dataclass

from sqlalchemy import text

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import JUDGED_ITEMS

_LISTINGS = text(
    f"""
    SELECT count(*) FILTER (WHERE band = 'accept') AS accepted,
        count(*) FILTER (WHERE band = 'review') AS in_review,
        count(*) FILTER (WHERE band = 'reject') AS rejected,
        count(*) FILTER (WHERE band IS NULL) AS not_judged
    FROM {JUDGED_ITEMS} AS items WHERE org_id = :org AND job_id = :job
    """  # noqa: S608  (constants only)
)
_OF_SELLERS = f"""
    WITH found AS (
        SELECT seller_id, count(*) FILTER (WHERE band = 'accept') AS accepted,
            count(*) FILTER (WHERE band = 'review') AS in_review,
            count(*) FILTER (WHERE band = 'reject') AS rejected, count(*) AS listings,
            count(DISTINCT asin) FILTER (WHERE band IS NULL OR band = 'accept') AS products
        FROM {JUDGED_ITEMS} AS items WHERE org_id = :org AND job_id = :job AND seller_id IS NOT NULL GROUP BY seller_id
    )
"""  # noqa: S608  (constants only)
_SELLERS = text(
    f"""{_OF_SELLERS}
    SELECT count(*) FILTER (WHERE accepted > 0) AS accepted,
        count(*) FILTER (WHERE accepted = 0 AND in_review > 0) AS in_review,
        count(*) FILTER (WHERE accepted = 0 AND in_review = 0 AND rejected > 0) AS rejected,
        count(*) FILTER (WHERE accepted + in_review + rejected = 0) AS not_judged
    FROM found
    """  # noqa: S608  (constants only)
)
_TOP = text(
    f"""{_OF_SELLERS}
    SELECT s.seller_name, f.products, f.listings, f.accepted, f.in_review, f.rejected
    FROM found f JOIN sellers s ON s.id = f.seller_id
    ORDER BY f.products DESC, f.accepted DESC, s.seller_name_normalized LIMIT 10
    """  # noqa: S608  (constants only)
)


@dataclass(frozen=True, slots=True)
class MatchCounts:
    """How many were accepted, are in review, were rejected, or were not judged: together, all there are."""

    accepted: int
    in_review: int
    rejected: int
    not_judged: int

    @property
    def all(self) -> int:
        """How many there are."""
        return self.accepted + self.in_review + self.rejected + self.not_judged


@dataclass(frozen=True, slots=True)
class TopSeller:
    """One of the sellers that offer most: distinct products that count, and listings by what was judged of them."""

    name: str
    products: int
    listings: int
    accepted: int
    in_review: int
    rejected: int


class JobMatches:
    """Reads of one job. Every method is one transaction and raises StorageUnavailable."""

    def __init__(self, database: Database, org_id: str, job_id: str) -> None:
        self._database = database
        self._values = {"org": org_id, "job": job_id}

    def listings(self) -> MatchCounts:
        """The job's listings."""
        with self._database.begin() as connection:
            return MatchCounts(*connection.execute(_LISTINGS, self._values).one())

    def sellers(self) -> MatchCounts:
        """The job's sellers, each by the best of its listings."""
        with self._database.begin() as connection:
            return MatchCounts(*connection.execute(_SELLERS, self._values).one())

    def top_sellers(self) -> list[TopSeller]:
        """The ten sellers with most distinct products that are accepted or not judged yet."""
        with self._database.begin() as connection:
            return [TopSeller(*row) for row in connection.execute(_TOP, self._values)]
