"""Everything that is for sale in the sandbox, and the planted truth that tests compare with. No wire format here.

Equal seed and size give an equal catalogue. Only the Amazon products are kept in memory; eBay listings are made when
they are asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from dropship_pipeline.sandbox.catalogue import listings
from dropship_pipeline.sandbox.catalogue.listings import BAND_PERCENT, EbayListing
from dropship_pipeline.sandbox.catalogue.products import KINDS, AmazonProduct, make_product
from dropship_pipeline.sandbox.catalogue.sellers import EbaySeller, make_sellers
from dropship_pipeline.sandbox.catalogue.text_index import TextIndex
from dropship_pipeline.sandbox.catalogue.vocabulary import DEPARTMENTS

DEFAULT_PRODUCTS = 2520
BEST_SELLERS = 100
_FIRST_NODE = 2_165_154_031
_SHARED = 8
_LOOSE_SHARE = 0.5
_CACHED_SEARCHES = 512
_CACHED_LISTINGS = 4096


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the category tree: a department (`parent_id` None) or a kind of product below one."""

    id: str
    name: str
    parent_id: str | None


class Catalogue:
    """The generated catalogue.

    Args:
        seed: what it is generated from.
        products: how many Amazon products, spread evenly over all kinds.
        listings_per_product: eBay listings of every product; None draws none to 14 of them.
    """

    def __init__(
        self, seed: int = 7, products: int = DEFAULT_PRODUCTS, *, listings_per_product: int | None = None
    ) -> None:
        self.seed = seed
        self.products: tuple[AmazonProduct, ...] = tuple(make_product(seed, index) for index in range(products))
        self.sellers: tuple[EbaySeller, ...] = make_sellers(seed)
        self.categories: Mapping[str, Category] = {category.id: category for category in _categories()}
        self._listings_per_product = listings_per_product
        self._by_asin = {product.asin: product for product in self.products}
        self._index = TextIndex(f"{p.title} {KINDS[p.kind][1].also} {KINDS[p.kind][0].slug}" for p in self.products)
        # Cached on the instance: a cache on the class would keep every catalogue of a test run alive.
        self.best_sellers = lru_cache(maxsize=None)(self._best_sellers)
        self.search = lru_cache(maxsize=_CACHED_SEARCHES)(self._search)
        self.listings_of = lru_cache(maxsize=_CACHED_LISTINGS)(self._listings_of)

    def product(self, asin: str) -> AmazonProduct:
        """The product with that ASIN.

        Raises:
            KeyError: there is none.
        """
        return self._by_asin[asin]

    def children(self, category_id: str) -> list[Category]:
        """The kinds of product below a department; [] for a kind."""
        return [category for category in self.categories.values() if category.parent_id == category_id]

    def category_of(self, product: AmazonProduct) -> Category:
        """The leaf category of a product."""
        return self.categories[_kind_id(product.kind)]

    def _best_sellers(self, category_id: str) -> tuple[AmazonProduct, ...]:
        """At most 100 products, rank 1 first; a department's list shares its last few with the next department's.

        Raises:
            KeyError: no such category.
        """
        category = self.categories[category_id]
        if category.parent_id is not None:
            own = [product for product in self.products if _kind_id(product.kind) == category_id]
            return tuple(_popular(own)[:BEST_SELLERS])
        department = _department_index(category_id)
        neighbour = (department + 1) % len(DEPARTMENTS)
        own, others = self._department(department), self._department(neighbour)[:_SHARED]
        return tuple(_popular([*own[: BEST_SELLERS - len(others)], *others]))

    def _department(self, department: int) -> list[AmazonProduct]:
        return _popular([product for product in self.products if product.department == department])

    def _search(self, query: str, least_share: float = _LOOSE_SHARE) -> tuple[AmazonProduct, ...]:
        """Products that hold at least `least_share` of the query's words, best match first; () for nonsense."""
        counts = self._index.matches(query, least_share)
        found = [self.products[index] for index in counts]
        return tuple(sorted(found, key=lambda product: (-counts[product.index], -product.popularity)))

    def _listings_of(self, asin: str) -> tuple[EbayListing, ...]:
        """Every eBay listing that a search for the product can find, the look-alikes included."""
        product = self.product(asin)
        exactly = self._listings_per_product
        return tuple(listings.make_listings(self.seed, product, self.sellers, exactly=exactly))

    def listing(self, item_id: str) -> EbayListing:
        """The listing with that eBay item id.

        Raises:
            KeyError: there is none.
        """
        index = listings.product_index(item_id)
        if not 0 <= index < len(self.products):
            raise KeyError(item_id)
        for listing in self.listings_of(self.products[index].asin):
            if listing.item_id == item_id:
                return listing
        raise KeyError(item_id)

    def sellers_for(self, asin: str, percent: tuple[int, int] = BAND_PERCENT) -> frozenset[str]:
        """Planted truth: normalized names of who sells this product new, with free shipping, inside the band."""
        amazon_cents = self.product(asin).price_cents
        return frozenset(
            listing.seller.name
            for listing in self.listings_of(asin)
            if listing.seller is not None and listing.genuine and listing.qualifies(amazon_cents, percent)
        )


def _popular(products: list[AmazonProduct]) -> list[AmazonProduct]:
    return sorted(products, key=lambda product: -product.popularity)


def _kind_id(kind: int) -> str:
    return str(_FIRST_NODE + kind)


def _department_index(category_id: str) -> int:
    return next(index for index, department in enumerate(DEPARTMENTS) if department.slug == category_id)


def _categories() -> list[Category]:
    departments = [Category(department.slug, department.name, None) for department in DEPARTMENTS]
    kinds = [Category(_kind_id(index), kind.name, department.slug) for index, (department, kind) in enumerate(KINDS)]
    return [*departments, *kinds]
