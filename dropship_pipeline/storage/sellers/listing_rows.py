"""Listings as rows of `collection_items`: made wherever they are found, and written in bulk.

A row is a tuple of plain values. So it passes from one process to another for a tenth of what the listing would take,
and whoever writes it has nothing to build.
"""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

from sqlalchemy import Connection

from dropship_pipeline.models import Match
from dropship_pipeline.storage.database.bulk import as_json, stage_values
from dropship_pipeline.storage.database.tables import collection_items
from dropship_pipeline.storage.sellers.values import FoundListing

# The product and the listing, then the rest; the seller stands in a row by its name.
ListingRow = tuple[Any, ...]
_OF_LISTING = (
    "asin", "item_id", "position", "title", "url", "image_url", "amazon_price_cents", "ebay_price_cents", "currency",
    "condition", "shipping_cents", "unverified", "call_fingerprint",
    "match_probability", "match_band", "match_reasons", "matcher_version", "photo_band", "photo_distance",
)  # fmt: skip
_EXTRA: Mapping[str, LiteralString] = {"seller_name_normalized": "text"}
_STAGED = (*_OF_LISTING, "seen_at", *_EXTRA)
_KEY = ("job_id", "asin", "item_id")
_WRITTEN = (*_OF_LISTING, "seen_at", "run_id", "seller_id")
_REPLACED = tuple(name for name in _WRITTEN if name not in _KEY)
# No seller has the number 0: one who was not written is refused, and not left out.
_SELLER = "CASE WHEN stage.seller_name_normalized IS NOT NULL THEN coalesce(s.id, 0) END"
_SAVE = f"""
    INSERT INTO collection_items (job_id, org_id, {", ".join(_WRITTEN)})
    SELECT %(job)s, %(org)s, {", ".join(f"stage.{name}" for name in _OF_LISTING)}, {{seen_at}}, {{run}}, {_SELLER}
    FROM stage {{searches}} LEFT JOIN sellers s
        ON s.org_id = %(org)s AND s.seller_name_normalized = stage.seller_name_normalized
    ORDER BY stage.asin, stage.item_id
    ON CONFLICT ({", ".join(_KEY)}) DO UPDATE SET {", ".join(f"{name} = EXCLUDED.{name}" for name in _REPLACED)}
    WHERE ({", ".join(f"collection_items.{name}" for name in _REPLACED)})
        IS DISTINCT FROM ({", ".join(f"EXCLUDED.{name}" for name in _REPLACED)})
"""  # noqa: S608  (our names)
_SAVE_NEW = _SAVE.format(seen_at="stage.seen_at", run="%(run)s", searches="")
_SAVE_AGAIN = _SAVE.format(
    seen_at="o.ended_at",
    run="o.run_id",
    searches="JOIN query_outcomes o ON o.job_id = %(job)s AND o.platform = 'ebay' AND o.query = stage.asin",
)


def listing_row(found: FoundListing) -> ListingRow:
    """A listing as a row, without whose it is."""
    listing, price, shipping = found.listing, found.listing.price, found.listing.shipping
    return (
        found.asin,
        listing.product_id,
        found.position,
        listing.title,
        listing.url,
        listing.image_url,
        found.amazon_price.cents if found.amazon_price else None,
        price.cents if price else None,
        price.currency if price else None,
        listing.condition,
        shipping.cents if shipping else None,
        as_json(list(found.unverified)),
        listing.call_fingerprint,
        *_of_match(found.match),
        found.photo_band,
        found.photo_distance,
        found.seen_at,
        listing.seller_key,
    )


def _of_match(match: Match | None) -> tuple[float | None, str | None, str | None, str | None]:
    if match is None:
        return None, None, None, None
    return match.probability, match.band, as_json(reason_values(match)), match.version


def reason_values(match: Match) -> list[dict[str, str]]:
    """The reasons of a judgement as `match_reasons` holds them."""
    # Written out: a search has hundreds, and `asdict` takes fifty times as long.
    return [{"name": one.name, "effect": one.effect, "sentence": one.sentence} for one in match.reasons]


def save_listings(
    connection: Connection, org_id: str, job_id: str, rows: Sequence[ListingRow], *, run_id: int | None = None
) -> None:
    """Upsert listings by (job_id, asin, item_id); the last of equal keys wins, and a row that stays equal stays.

    Args:
        connection: in a transaction that has written their sellers.
        org_id: whose.
        job_id: the job that found them.
        rows: of `listing_row`.
        run_id: the run that found them; None where the outcomes of their searches say that, and when: in a replay.
    """
    if not rows:
        return
    stage_values(connection, collection_items, _STAGED, {row[:2]: row for row in rows}.values(), extra=_EXTRA)
    own = {"org": org_id, "job": job_id, "run": run_id}
    connection.exec_driver_sql(_SAVE_AGAIN if run_id is None else _SAVE_NEW, own)
