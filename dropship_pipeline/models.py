"""The values that travel between rooms: frozen, without behaviour that reaches outside, without Dagster or SQL."""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

Platform = Literal["amazon", "ebay"]
PLATFORMS: tuple[Platform, Platform] = ("amazon", "ebay")
Provider = Literal["rainforest", "scraperapi"]
PROVIDERS: tuple[Provider, Provider] = ("rainforest", "scraperapi")
# Who is asked for a platform.
PLATFORM_PROVIDERS: Mapping[Platform, Provider] = {"amazon": "rainforest", "ebay": "scraperapi"}

OutcomeState = Literal["found", "none", "failed", "skipped"]
RunState = Literal["pending", "running", "stopping", "completed", "degraded", "failed", "stopped"]
Band = Literal["accept", "review", "reject"]
# What a signal does to the judgement: `bars` keeps a pair out of accept, `refutes` also out of review.
Effect = Literal["supports", "weakens", "bars", "refutes", "neutral"]
FINAL_STATES: frozenset[RunState] = frozenset({"completed", "degraded", "failed", "stopped"})


def utc_now() -> datetime:
    """The present moment, timezone-aware, in UTC."""
    return datetime.now(UTC)


def normalize_seller_name(name: str) -> str:
    """The form under which a seller is unique: NFKC, outer space removed, inner space folded, lower case."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).lower()


class Money(Struct, frozen=True):
    """An amount in hundredths of a currency's main unit, whatever its own minor unit is; written `1,234.50 USD`.

    Args:
        cents: the amount × 100, an integer ≥ 0.
        currency: ISO 4217 code, upper case.
    """

    cents: int
    currency: str

    def __str__(self) -> str:
        return f"{self.cents // 100:,}.{self.cents % 100:02} {self.currency}"


class Seller(Struct, frozen=True):
    """Who sells a listing, as far as the listing says so.

    Args:
        name: as written on the listing, outer white space removed.
        feedback_percent: positive feedback, 0-100.
        feedback_count: how many ratings.
    """

    name: str
    feedback_percent: float | None = None
    feedback_count: int | None = None

    def agreed_with(self, other: "Seller") -> "Seller":
        """One seller out of two of this one's listings, the same in whatever order they come.

        Listings round: `151.7K` on one is 151,681 on another. The count with more digits is taken, the greater of
        two, and of two shares and ways to write the name the lesser. What only one of them tells is taken.
        """
        percents = [value for value in (self.feedback_percent, other.feedback_percent) if value is not None]
        counts = [value for value in (self.feedback_count, other.feedback_count) if value is not None]
        count = max(counts, default=None, key=lambda each: (len(str(each).rstrip("0")), each))
        return Seller(min(self.name, other.name), min(percents, default=None), count)


class Product(Struct, frozen=True, kw_only=True):
    """One product row of a marketplace's answer.

    Args:
        product_id: ASIN on Amazon, item id on eBay; unique on its platform.
        title: as shown, never empty.
        url: canonical product page, without tracking.
        price: None when the row has none or one of unknown shape; nothing is guessed.
        price_raw: the price as it was written, kept also where `price` is None.
        image_url: None when the row has no picture or only a placeholder.
        category: name of the category, where the answer says so.
        rank: 1-based position in the answer (best-seller rank where there is one).
        rating: stars, 0-5.
        ratings_total: how many ratings.
        query: what was asked for when it came up, where it was a query.
        call_fingerprint: of the paid call in whose answer it stands.
    """

    platform: Platform
    product_id: str
    title: str
    url: str
    price: Money | None = None
    price_raw: str | None = None
    image_url: str | None = None
    category: str | None = None
    rank: int | None = None
    rating: float | None = None
    ratings_total: int | None = None
    query: str | None = None
    call_fingerprint: str | None = None


class Listing(Product, frozen=True, kw_only=True):
    """An eBay product row: what a `Product` is, and how and by whom it is sold.

    `price` is always what the listing can be bought for now, and `price_raw` how that was written. A listing that can
    only be bid on has no price; its starting or highest bid is in `bid`.

    Args:
        bid: the starting or the highest bid of an auction, also where it can be bought at once for `price`.
        condition: the site's wording, e.g. `Brand New`, without the seller's type or the product's details.
        shipping: cost of shipping; `Money(0, …)` only where the row says that it is free.
        shipping_raw: as it was written.
        seller: None where the row does not name one.
    """

    bid: Money | None = None
    condition: str | None = None
    shipping: Money | None = None
    shipping_raw: str | None = None
    seller: Seller | None = None

    @property
    def seller_key(self) -> str | None:
        """The normalized name of its seller, None where the row names none."""
        return (normalize_seller_name(self.seller.name) or None) if self.seller else None

    @property
    def bid_only(self) -> bool:
        """True for an auction that cannot be bought at once: nothing says what it will cost."""
        return self.bid is not None and self.price is None


class Signal(Struct, frozen=True):
    """One finding of a comparison.

    Args:
        name: e.g. `capacity`, the same for agreement and conflict.
        effect: what it does to the judgement.
        sentence: for people, e.g. `Another capacity: 1 TB and 2 TB.`
    """

    name: str
    effect: Effect
    sentence: str


class Match(Struct, frozen=True):
    """The judgement.

    Args:
        probability: 0 to 1 that the listing is the product.
        reasons: the signals that speak for or against it, ordered; conflicts first.
        version: of the weights and of the rules.
    """

    probability: float
    band: Band
    reasons: tuple[Signal, ...]
    version: str


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image that lies in the object store under the sha256 of its bytes."""

    key: str
    sha256: str
    content_type: str
    size_bytes: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One paid request without its key. Equal requests have equal fingerprints.

    Args:
        path: path below the provider's base URL.
        params: query parameters; blank ones left out, the API key never among them.
    """

    provider: Provider
    path: str
    params: Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """sha256 (hex) over provider, path and the sorted parameters."""
        canonical = json.dumps([self.provider, self.path, sorted(self.params.items())], ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """A provider's answer as it came over the wire.

    Args:
        status: HTTP status.
        headers: lower-case names; only those that parsers read (content-type and sa-*).
        body: the bytes, decompressed.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that was paid for earlier in the same job, by this run or by one before it."""

    answer: ApiAnswer
    of_this_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How well answers could be read: of one page, or of several added up. `rows` = products + skipped rows.

    Args:
        pages: how many answers.
        rows: rows that are a product by any sign (id, link, price) and belong to the results; the site's own
            advertisement and rows after the end of the matches are none.
        skipped: of these, the rows that no product was made of, by reason.
        notices: what stood between, above or below the rows, by kind.
        without_price: products without a price where every row of the format shows one.
        pages_in_part: pages that lost more than a fifth of their rows, or of their prices.
        pages_without_seller: pages with listings of which none names a seller, as eBay's grid view has them.
    """

    pages: int = 0
    rows: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    notices: Mapping[str, int] = field(default_factory=dict)
    without_price: int = 0
    pages_in_part: int = 0
    pages_without_seller: int = 0

    @property
    def skipped_rows(self) -> int:
        """How many rows no product was made of."""
        return sum(self.skipped.values())

    def __add__(self, other: "Reading") -> "Reading":
        return Reading(
            pages=self.pages + other.pages,
            rows=self.rows + other.rows,
            skipped=Counter(self.skipped) + Counter(other.skipped),
            notices=Counter(self.notices) + Counter(other.notices),
            without_price=self.without_price + other.without_price,
            pages_in_part=self.pages_in_part + other.pages_in_part,
            pages_without_seller=self.pages_without_seller + other.pages_without_seller,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryOutcome:
    """What became of one query on one platform.

    Args:
        state: `found` (≥ 1 product), `none` (the marketplace has nothing), `failed`, or `skipped` (not asked).
        returned: products in the answer after de-duplication, at most top-k.
        stored: of these, how many have a row (and their image, where they have one).
        without_image: of the stored, how many have no image.
        reading: how well the answers could be read.
        collect_errors: 1 if the query failed, else 0.
        store_errors: products that could not be stored.
        errors_by_kind: count per error kind.
        credits: what was paid as it was asked; 0 where its answers were kept ones.
    """

    platform: Platform
    query: str
    state: OutcomeState
    returned: int = 0
    stored: int = 0
    without_image: int = 0
    reading: Reading = field(default_factory=Reading)
    collect_errors: int = 0
    store_errors: int = 0
    errors_by_kind: Mapping[str, int] = field(default_factory=dict)
    credits: int = 0
    started_at: datetime
    ended_at: datetime
