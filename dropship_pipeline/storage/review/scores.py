"""Scorecards: the facts of every seller of an org by SQL, and the parts that a judge makes of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Row, RowMapping, TextClause, select, text
from sqlalchemy.exc import OperationalError

from dropship_pipeline.jobs.registry import SELLERS
from dropship_pipeline.models import utc_now
from dropship_pipeline.storage.database.bulk import upsert
from dropship_pipeline.storage.database.connection import OfOrg
from dropship_pipeline.storage.database.locks import lock_transaction
from dropship_pipeline.storage.database.tables import JUDGED_ITEMS, seller_scores
from dropship_pipeline.storage.review.values import Part, SaleFees, SellerFacts

Judge = Callable[[SellerFacts], Sequence[Part]]

RUNS_LOOKED_AT = 12
WRITTEN_AT_ONCE = 10_000
SORTED_WITHIN_S = 3

# A listing counts once, as it was seen last, however many jobs have met it: one sort finds that and what moved.
_FACTS = """
    WITH listings AS MATERIALIZED (
        SELECT seller_id, asin, band, photo_band AS photo, moved, CASE WHEN amazon_price_cents > 0 THEN
            (sale - sale * :share
                - CASE WHEN sale <= :small_order_cents THEN :per_small_order_cents ELSE :per_order_cents END
                - amazon_price_cents) / amazon_price_cents END AS margin
        FROM (
            SELECT seller_id, asin, band, photo_band, amazon_price_cents,
                CAST(ebay_price_cents + shipping_cents AS float) AS sale, row_number() OVER same AS place,
                min(ebay_price_cents) OVER same <> max(ebay_price_cents) OVER same AS moved
            FROM {items} AS items
            WHERE org_id = :org_id AND seller_id IS NOT NULL {only_their}
            WINDOW same AS (
                PARTITION BY seller_id, asin, item_id ORDER BY seen_at DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            )
        ) AS seen
        WHERE place = 1
    ), lists AS (
        SELECT DISTINCT asin, category ->> 'category' AS category
        FROM job_products CROSS JOIN jsonb_array_elements(categories) AS category
        WHERE org_id = :org_id {only_listed}
    ), numbers AS (
        SELECT seller_id,
            count(DISTINCT asin) FILTER (WHERE band = 'accept') AS products,
            count(DISTINCT asin) FILTER (WHERE band IN ('accept', 'review'))
                - count(DISTINCT asin) FILTER (WHERE band = 'accept') AS in_review,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY margin) FILTER (WHERE band = 'accept') AS median_margin,
            count(*) FILTER (WHERE band = 'accept' AND moved) AS prices_moved,
            count(*) FILTER (WHERE band = 'accept' AND photo = 'same') AS amazon_photos,
            count(*) FILTER (WHERE band = 'accept' AND photo <> 'unknown') AS photos_compared
        FROM listings GROUP BY seller_id
    ), usual AS (
        {usual}
    ), variety AS (
        SELECT seller_id, count(DISTINCT category) AS categories
        FROM listings JOIN lists USING (asin) WHERE band = 'accept' GROUP BY seller_id
    ), latest AS (
        SELECT job_id FROM collection_runs
        WHERE org_id = :org_id AND job_name = :job_name
            AND (status IN ('completed', 'degraded') OR job_id = :finishing)
        GROUP BY job_id ORDER BY max(id) DESC LIMIT :runs
    ), seen AS (
        SELECT seller_id, count(*) AS seen_in FROM seller_jobs JOIN latest USING (job_id) WHERE true {only_their}
        GROUP BY seller_id
    )
    SELECT s.id AS seller_id, coalesce(n.products, 0) AS products, coalesce(n.in_review, 0) AS in_review,
        coalesce(v.categories, 0) AS categories, n.median_margin, coalesce(e.seen_in, 0) AS seen_in,
        (SELECT count(*) FROM latest) AS of_runs, coalesce(n.prices_moved, 0) AS prices_moved,
        coalesce(n.amazon_photos, 0) AS amazon_photos, coalesce(n.photos_compared, 0) AS photos_compared,
        (SELECT share FROM usual) AS usual_photo_share
    FROM sellers s LEFT JOIN numbers n ON n.seller_id = s.id
        LEFT JOIN variety v ON v.seller_id = s.id LEFT JOIN seen e ON e.seller_id = s.id
    WHERE s.org_id = :org_id {only_these}
"""
# Where the list is sorted by other points; locked in the order in which all lock them who lock many.
_SORT_BY = text("""
    WITH other AS (
        SELECT s.id, scored.points
        FROM unnest(CAST(:ids AS bigint[]), CAST(:points AS integer[])) AS scored(id, points) JOIN sellers s USING (id)
        WHERE s.likelihood <> scored.points ORDER BY s.seller_name_normalized FOR NO KEY UPDATE OF s
    )
    UPDATE sellers SET likelihood = other.points FROM other WHERE sellers.id = other.id
""")
_EVERY = {
    "items": JUDGED_ITEMS,
    "only_their": "",
    "only_these": "",
    "only_listed": "",
    "usual": "SELECT CAST(sum(amazon_photos) AS float) / nullif(sum(photos_compared), 0) AS share FROM numbers",
}
# What is usual among all sellers stays as the latest search or replay found it.
_SOME = {
    "items": JUDGED_ITEMS,
    "only_their": "AND seller_id = ANY(:ids)",
    "only_these": "AND s.id = ANY(:ids)",
    "only_listed": "AND asin IN (SELECT asin FROM listings)",
    "usual": "SELECT max(usual_photo_share) AS share FROM seller_scores WHERE org_id = :org_id",
}
_COLUMNS, _PART = tuple(SellerFacts.__dataclass_fields__), tuple(Part.__dataclass_fields__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A seller's scorecard; the points of its parts add up to its likelihood.

    Args:
        version: of the sum.
    """

    facts: SellerFacts
    parts: Sequence[Part]
    version: int
    computed_at: datetime


class SellerScores(OfOrg):
    """The scorecards of one org. Every method raises StorageUnavailable."""

    def compute(
        self, judge: Judge, fees: SaleFees, *, version: int, finishing: str = "", only: Collection[int] | None = None
    ) -> int:
        """Compute scorecards anew, in one transaction; return how many that were.

        Args:
            judge: makes the parts of a seller's likelihood of its facts.
            fees: what eBay takes of a sale.
            version: of the judge.
            finishing: id of the job whose search is about to end, if one is.
            only: of these sellers; None for every seller.
        """
        values = {
            "org_id": self._org_id, "job_name": SELLERS.name, "runs": RUNS_LOOKED_AT, "finishing": finishing,
            "ids": list(only or ()), **asdict(fees),
        }  # fmt: skip
        points: dict[int, int] = {}
        with self._database.begin() as connection:
            # Every listing of the org is read, by this or by another that is waited for: longer than a page may take.
            connection.execute(text("SET LOCAL statement_timeout = '5min'"))
            connection.execute(text("SET LOCAL work_mem = '128MB'"))
            lock_transaction(connection, f"dropship:seller_scores:{self._org_id}", wait=True)
            found = connection.execute(_facts(_EVERY if only is None else _SOME), values).all()
            for start in range(0, len(found), WRITTEN_AT_ONCE):
                rows = [self._row(row, judge, version) for row in found[start : start + WRITTEN_AT_ONCE]]
                upsert(connection, seller_scores, rows, ["seller_id"])
                points |= {row["seller_id"]: sum(part["points"] for part in row["parts"]) for row in rows}
            sort_by = {"ids": list(points), "points": list(points.values())}
            if only is None:
                connection.execute(_SORT_BY, sort_by)
            else:
                _sort_soon(connection, sort_by)
        return len(found)

    def of(self, seller_ids: Sequence[int]) -> dict[int, Score]:
        """The scorecards of these sellers, by seller; those without one are left out."""
        score = seller_scores.c
        ours = select(seller_scores).where(score.org_id == self._org_id, score.seller_id.in_(seller_ids))
        with self._database.begin() as connection:
            return {row["seller_id"]: _score(row) for row in connection.execute(ours).mappings()}

    def _row(self, row: Row[Any], judge: Judge, version: int) -> dict[str, Any]:
        columns = row._asdict()
        parts = judge(SellerFacts(**{name: columns[name] for name in _COLUMNS}))
        return {
            **columns, "org_id": self._org_id, "version": version, "computed_at": utc_now(),
            "parts": [{name: getattr(part, name) for name in _PART} for part in parts],
        }  # fmt: skip


def _facts(which: Mapping[str, str]) -> TextClause:
    return text(_FACTS.format(**which))


def _sort_soon(connection: Connection, values: Mapping[str, object]) -> None:
    """Sort sellers by their new points, unless a replay has them: it takes minutes, and computes all at its end."""
    try:
        with connection.begin_nested():
            connection.execute(text(f"SET LOCAL lock_timeout = '{SORTED_WITHIN_S}s'"))
            connection.execute(_SORT_BY, values)
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise


def _score(row: RowMapping) -> Score:
    return Score(
        facts=SellerFacts(**{name: row[name] for name in _COLUMNS}),
        parts=[Part(**part) for part in row["parts"]],
        version=row["version"],
        computed_at=row["computed_at"],
    )
