"""Reads the evidence for a seller: product and listing side by side, with the runs that found them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from dropship_pipeline.models import Band, Match, RunState, Signal
from dropship_pipeline.storage.database.connection import OfOrg
from dropship_pipeline.storage.database.cursor_pages import CursorPage, Order, read_page
from dropship_pipeline.storage.database.tables import (
    collection_runs,
    job_products,
    judged_items,
    seller_runs,
    sellers,
)
from dropship_pipeline.storage.links import web_link
from dropship_pipeline.storage.review.values import MatchLabel
from dropship_pipeline.storage.sellers.counts import refresh_if_stale
from dropship_pipeline.storage.sellers.listing import SellerRow, seller_columns

RUNS_SHOWN = 50
PRODUCTS_SHOWN = 50

_ITEMS = judged_items.c
# A job's name is its org's own choice, so another org may have the same.
_WITH_PRODUCT = judged_items.outerjoin(
    job_products,
    and_(
        job_products.c.job_id == _ITEMS.job_id,
        job_products.c.asin == _ITEMS.asin,
        job_products.c.org_id == _ITEMS.org_id,
    ),
)
_ORDER = Order("items", (_ITEMS.asin, _ITEMS.job_id, _ITEMS.item_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """A best-seller list that named the product, and its rank there."""

    name: str
    rank: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceProduct:
    """The Amazon product as the job met it. `url` is None where it is no http(s) address."""

    asin: str
    title: str
    price_cents: int | None
    currency: str | None
    url: str | None
    has_image: bool
    rating: float | None
    ratings_total: int | None
    categories: tuple[Category, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceListing:
    """The seller's eBay listing as the job met it. `url` is None where it is no http(s) address."""

    item_id: str
    title: str
    price_cents: int | None
    currency: str | None
    url: str | None
    has_image: bool
    condition: str | None
    shipping_cents: int | None
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItem:
    """One listing that was found for one product.

    Args:
        unverified: filters that could not be checked on it.
        photo_band: what its picture is to Amazon's: same, similar, other, unknown; None where nobody has looked.
        photo_distance: signs of 44 that differ; None where nothing was compared.
        match: what the matcher judged; None where it has not judged yet.
        label: what a person says of it; None where nobody has said anything.
        band: what counts: what the person says, else what the matcher judged; None where neither has.
        call_fingerprint: of the call in whose answer it stands; None in rows that do not say.
    """

    job_id: str
    run_id: int
    asin: str
    seen_at: datetime
    product: EvidenceProduct | None
    listing: EvidenceListing
    unverified: tuple[str, ...]
    match: Match | None
    photo_band: str | None
    photo_distance: int | None
    label: MatchLabel | None
    band: Band | None
    call_fingerprint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerProduct:
    """A distinct product that led to the seller, with how many of the seller's listings it did so."""

    asin: str
    title: str | None
    listings: int
    last_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerRun:
    """A run that saw the seller, with how many of its listings."""

    run_id: int
    job_id: str
    status: RunState
    listings: int
    created_at: datetime
    completed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerDetail:
    """A seller with its latest runs (at most `RUNS_SHOWN`) and its products (at most `PRODUCTS_SHOWN`)."""

    seller: SellerRow
    runs: list[SellerRun]
    products: list[SellerProduct]


class SellerEvidence(OfOrg):
    """Reads the evidence of one org; rows of another org are not found. Every method raises StorageUnavailable."""

    def seller(self, seller_id: int) -> SellerDetail | None:
        """The seller of this number, None if the org has none."""
        refresh_if_stale(self._database, self._org_id)
        query = select(*seller_columns(self._org_id)).where(self._is(seller_id))
        with self._database.begin() as connection:
            found = connection.execute(query).mappings().one_or_none()
            if found is None:
                return None
            runs = connection.execute(self._runs(seller_id)).mappings().all()
            products = connection.execute(self._products(seller_id)).mappings().all()
        return SellerDetail(
            seller=SellerRow(**found),
            runs=[SellerRun(**row) for row in runs],
            products=[SellerProduct(**row) for row in products],
        )

    def items(self, seller_id: int, *, page_size: int = 50, cursor: str | None = None) -> CursorPage[EvidenceItem]:
        """The seller's finds, those of one product together; nothing for a seller of another org.

        Raises:
            RequestInvalid: the cursor is none of this list.
        """
        query = finds(self._org_id).where(_ITEMS.seller_id == seller_id)
        rows, next_cursor = read_page(self._database, _ORDER, query, page_size, cursor)
        return CursorPage([evidence_item(row) for row in rows], next_cursor)

    def _is(self, seller_id: int) -> ColumnElement[bool]:
        return (sellers.c.org_id == self._org_id) & (sellers.c.id == seller_id)

    def _runs(self, seller_id: int) -> Select[Any]:
        runs = collection_runs.c
        return (
            select(
                runs.id.label("run_id"), runs.job_id, runs.status, seller_runs.c.listings,
                runs.created_at, runs.completed_at,
            )
            .select_from(seller_runs.join(collection_runs))
            .where(seller_runs.c.seller_id == seller_id, runs.org_id == self._org_id)
            .order_by(runs.id.desc())
            .limit(RUNS_SHOWN)
        )  # fmt: skip

    def _products(self, seller_id: int) -> Select[Any]:
        return (
            select(
                _ITEMS.asin, func.max(job_products.c.title).label("title"), func.count().label("listings"),
                func.max(_ITEMS.seen_at).label("last_seen_at"),
            )
            .select_from(_WITH_PRODUCT)
            .where(_ITEMS.org_id == self._org_id, _ITEMS.seller_id == seller_id)
            .group_by(_ITEMS.asin)
            .order_by(_ITEMS.asin)
            .limit(PRODUCTS_SHOWN)
        )  # fmt: skip


_ITEM_COLUMNS = (
    "job_id", "run_id", "seen_at", "asin", "item_id", "title", "url", "image_url", "amazon_price_cents",
    "ebay_price_cents", "currency", "condition", "shipping_cents", "position", "unverified",
    "match_probability", "match_band", "match_reasons", "matcher_version", "photo_band", "photo_distance",
    "call_fingerprint", "is_match", "labelled_by", "labelled_at", "band",
)  # fmt: skip
_PRODUCT_COLUMNS = ("title", "currency", "url", "image_url", "rating", "ratings_total", "categories")


def finds(org_id: str) -> Select[Any]:
    """Rows of which `evidence_item` makes finds: all that the org has."""
    product = job_products.c
    return (
        select(
            *(_ITEMS[name] for name in _ITEM_COLUMNS),
            *(product[name].label(f"product_{name}") for name in _PRODUCT_COLUMNS),
        )
        .select_from(_WITH_PRODUCT)
        .where(_ITEMS.org_id == org_id)
    )


def evidence_item(row: Mapping[str, Any]) -> EvidenceItem:
    """A find, of a row of `finds`."""
    return EvidenceItem(
        job_id=row["job_id"],
        run_id=row["run_id"],
        asin=row["asin"],
        seen_at=row["seen_at"],
        product=None if row["product_title"] is None else _product(row),
        listing=EvidenceListing(
            item_id=row["item_id"],
            title=row["title"],
            price_cents=row["ebay_price_cents"],
            currency=None if row["ebay_price_cents"] is None else row["currency"],
            url=web_link(row["url"]),
            has_image=web_link(row["image_url"]) is not None,
            condition=row["condition"],
            shipping_cents=row["shipping_cents"],
            position=row["position"],
        ),
        unverified=tuple(map(str, row["unverified"])),
        match=match_of(row),
        photo_band=row["photo_band"],
        photo_distance=row["photo_distance"],
        label=_label(row),
        band=row["band"],
        call_fingerprint=row["call_fingerprint"],
    )


def match_of(row: Mapping[str, Any]) -> Match | None:
    """What the matcher judged of a listing; None where it has not."""
    if row["match_band"] is None:
        return None
    reasons = tuple(Signal(**reason) for reason in row["match_reasons"])
    return Match(row["match_probability"], row["match_band"], reasons, row["matcher_version"])


def _label(row: Mapping[str, Any]) -> MatchLabel | None:
    if row["is_match"] is None:
        return None
    return MatchLabel(is_match=row["is_match"], by=row["labelled_by"], at=row["labelled_at"])


def _product(row: Mapping[str, Any]) -> EvidenceProduct:
    cents = row["amazon_price_cents"]
    return EvidenceProduct(
        asin=row["asin"],
        title=row["product_title"],
        price_cents=cents,
        currency=None if cents is None else row["product_currency"] or row["currency"],
        url=web_link(row["product_url"]),
        has_image=web_link(row["product_image_url"]) is not None,
        rating=row["product_rating"],
        ratings_total=row["product_ratings_total"],
        categories=_categories(row["product_categories"]),
    )


def _categories(lists: Sequence[Mapping[str, Any]]) -> tuple[Category, ...]:
    return tuple(Category(name=str(one.get("category") or ""), rank=one.get("rank")) for one in lists)
