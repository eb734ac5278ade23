"""Checks that stored rows agree with each other. Each check is one bounded query; nothing is changed."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, text

from dropship_pipeline.jobs.registry import PRODUCTS, SELLERS
from dropship_pipeline.models import Platform
from dropship_pipeline.storage.database.connection import OfOrg

IMAGES_SAMPLED = 30
LOOKS_AT_ONCE = 8
# A million dollars: no price of a marketplace's article, but what a misread one looks like.
HIGHEST_SANE_CENTS = 100_000_000
# The longest month, and some days to notice a failed attempt and repeat it.
FRESH_FOR = timedelta(days=35)
ALL_WELL = "All is well"

_LATEST = """
    SELECT id, job_id, config FROM collection_runs
    WHERE org_id = :org AND job_name = :job AND status IN ('completed', 'degraded') ORDER BY id DESC LIMIT 1
"""
_RECONCILED = text(
    f"""
    WITH run AS ({_LATEST}), outcome AS (SELECT o.* FROM query_outcomes o JOIN run USING (job_id))
    SELECT
        (SELECT count(*) FROM outcome) AS outcomes,
        (SELECT count(*) FROM outcome WHERE returned <> stored + store_errors) AS unequal,
        (SELECT count(*) FROM run r, jsonb_array_elements_text(r.config->'queries') q(text),
             (VALUES ('amazon', 'top_amz'), ('ebay', 'top_ebay')) p(platform, wanted)
         WHERE (r.config->>p.wanted)::int > 0 AND NOT EXISTS (
             SELECT FROM outcome o WHERE o.platform = p.platform AND o.query = q.text)) AS missing,
        (SELECT (SELECT sum(one.credits_used) FROM collection_runs one WHERE one.job_id = r.job_id)
             - coalesce((SELECT sum(c.credits) FROM api_calls c WHERE c.job_id = r.job_id), 0)
         FROM run r) AS credits_off
    """  # noqa: S608  (constants only)
)
_SELLERS = text(
    """
    SELECT count(*) AS sellers, count(*) FILTER (WHERE NOT EXISTS (
        SELECT FROM collection_items i WHERE i.seller_id = j.seller_id AND i.job_id = j.job_id)) AS without_item
    FROM seller_jobs j JOIN sellers s ON s.id = j.seller_id
    WHERE s.org_id = :org AND EXISTS (SELECT FROM job_products p WHERE p.job_id = j.job_id AND p.org_id = :org)
    """
)
_PRICES = text(
    """
    SELECT count(*) AS products, count(price_cents) AS priced,
        count(*) FILTER (WHERE price_cents NOT BETWEEN 1 AND :highest) AS senseless
    FROM products WHERE org_id = :org AND platform = :platform
    """
)
_BAND = text(
    f"""
    WITH run AS ({_LATEST})
    SELECT count(*) AS listings, count(*) FILTER (
        WHERE NOT i.unverified ? 'price' AND i.amazon_price_cents IS NOT NULL AND (
            i.ebay_price_cents < floor(i.amazon_price_cents * (r.config->>'price_low')::numeric)
            OR i.ebay_price_cents > ceil(i.amazon_price_cents * (r.config->>'price_high')::numeric))) AS outside
    FROM run r JOIN collection_items i ON i.job_id = r.job_id AND i.org_id = :org
    """  # noqa: S608  (constants only)
)
_KEYS = text(
    """
    SELECT image_key FROM products WHERE org_id = :org AND platform = :platform AND image_key IS NOT NULL
    ORDER BY random() LIMIT :limit
    """
)
_NEWEST = text(
    """
    SELECT max(completed_at) AS newest, (SELECT count(*) FROM collection_schedules s
        WHERE s.org_id = :org AND s.job_name = :job AND s.enabled) AS schedules
    FROM collection_runs WHERE org_id = :org AND job_name = :job AND status IN ('completed', 'degraded')
    """
)


@dataclass(frozen=True, slots=True)
class IntegrityResult:
    """The result of one check.

    Args:
        description: one sentence: what is wrong and what to do, or that all is well.
        numbers: the counts behind it.
    """

    passed: bool
    description: str
    numbers: Mapping[str, int] = field(default_factory=dict)


class Integrity(OfOrg):
    """Checks of the stored data of one org. Every method raises StorageUnavailable."""

    def reconciled(self) -> IntegrityResult:
        """Of the latest `collect_and_store`: every query, product and credit is accounted for."""
        row = self._one(_RECONCILED, job=PRODUCTS.name)
        if row["credits_off"] is None:
            return IntegrityResult(passed=True, description="No collection has been completed yet")
        wrong = [row["unequal"], row["missing"], row["credits_off"]]
        problem = (
            f"{row['unequal']} queries lost products between answer and store, {row['missing']} have no outcome, "
            f"{row['credits_off']} credits are not in the ledger; resume the run with its job id"
        )
        return IntegrityResult(passed=not any(wrong), description=problem if any(wrong) else ALL_WELL, numbers=row)

    def sellers_have_items(self) -> IntegrityResult:
        """Every seller that a seller search found has a listing as evidence."""
        row = self._one(_SELLERS)
        return _none_of(row, "without_item", "sellers of a search have no listing as evidence; resume its run")

    def prices_sane(self, platform: Platform) -> IntegrityResult:
        """No product costs nothing, or more than any article does."""
        row = self._one(_PRICES, platform=platform, highest=HIGHEST_SANE_CENTS)
        return _none_of(row, "senseless", "products have a price that none has; look at their raw answers")

    def prices_in_band(self) -> IntegrityResult:
        """Of the latest `collect_sellers`: every listing whose price was checked is inside the band."""
        row = self._one(_BAND, job=SELLERS.name)
        return _none_of(row, "outside", "listings are outside the price band; look at their raw answers")

    def images_exist(self, platform: Platform, exists: Callable[[str], bool]) -> IntegrityResult:
        """A sample of the product rows names images that are in the object store.

        Args:
            platform: whose products.
            exists: whether there is an object of this key; asked by several threads at once.
        """
        values = {"org": self._org_id, "platform": platform, "limit": IMAGES_SAMPLED}
        with self._database.begin() as connection:
            keys = connection.execute(_KEYS, values).scalars().all()
        with ThreadPoolExecutor(LOOKS_AT_ONCE) as pool:
            missing = sum(not there for there in pool.map(exists, keys))
        row = {"sampled": len(keys), "missing": missing}
        return _none_of(row, "missing", "sampled products name an image that is not there; restore the bucket")

    def fresh(self, job_name: str, now: datetime) -> IntegrityResult:
        """A job that is scheduled has been completed within the last month."""
        row = self._one(_NEWEST, job=job_name)
        if not row["schedules"]:
            return IntegrityResult(
                passed=True, description=f"{job_name} is not scheduled, so nothing is expected of it"
            )
        if row["newest"] is not None and now - row["newest"] <= FRESH_FOR:
            age = (now - row["newest"]).days
            return IntegrityResult(passed=True, description=f"Last completed {age} days ago", numbers={"days": age})
        return IntegrityResult(
            passed=False,
            description=f"{job_name} is scheduled, but was not completed in {FRESH_FOR.days} days: see "
            "`dropship runs`, and the ticks of monthly_collection_sensor",
        )

    def _one(self, query: TextClause, **values: object) -> dict[str, Any]:
        with self._database.begin() as connection:
            return dict(connection.execute(query, {"org": self._org_id, **values}).mappings().one())


def _none_of(row: Mapping[str, int], name: str, problem: str) -> IntegrityResult:
    wrong = row[name]
    return IntegrityResult(passed=not wrong, description=f"{wrong} {problem}" if wrong else ALL_WELL, numbers=row)
