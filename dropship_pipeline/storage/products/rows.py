"""Finds and saves product rows one at a time: each is committed with the price it has and the image it names."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, Table, bindparam, func, literal_column, select, text, update
from sqlalchemy.dialects.postgresql import Insert, insert

from dropship_pipeline.models import Listing, Platform, Product, StoredImage, utc_now
from dropship_pipeline.storage.database.connection import Database, OfOrg
from dropship_pipeline.storage.database.tables import images, product_prices, products
from dropship_pipeline.storage.images.records import Asked, ImageSource, KnownProduct
from dropship_pipeline.telemetry.spans import begin

_FIND = text(
    """
    SELECT p.last_job_id, p.image_url AS row_image_url, p.image_sha256,
           i.key, i.sha256, i.content_type, i.size_bytes, i.width, i.height, i.etag, i.last_modified, i.fetched_at
    FROM unnest(CAST(:product_ids AS text[]), CAST(:image_urls AS text[]))
        WITH ORDINALITY AS asked(product_id, image_url, place)
    LEFT JOIN products p ON p.org_id = :org_id AND p.platform = :platform AND p.product_id = asked.product_id
    LEFT JOIN images i ON i.url = asked.image_url
    ORDER BY asked.place
    """
)
_KEY = {"org_id", "platform", "product_id"}
_KEPT_FROM_FIRST_SIGHT = {*_KEY, "first_seen_at"}


def _upsert(table: Table, kept: Set[str], **values: ColumnElement[Any]) -> Insert:
    """Insert a row or update all of it but `kept`; its parameters are those of `_parameters`, but for `values`."""
    written = [c.name for c in table.c if c.computed is None]
    statement = insert(table).values({name: values.get(name, _parameter(table, name)) for name in written})
    changed = {name: statement.excluded[name] for name in written if name not in kept}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=changed)


def _parameter(table: Table, name: str) -> BindParameter[Any]:
    return bindparam(f"{table.name}_{name}", type_=table.c[name].type)


def _parameters(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{table.name}_{name}": value for name, value in row.items()}


_job = _parameter(products, "last_job_id")
_of_other_jobs = select(product_prices).where(
    *(product_prices.c[name] == _parameter(products, name) for name in sorted(_KEY)), product_prices.c.job_id != _job
)
_previous_price = (
    _of_other_jobs.with_only_columns(product_prices.c.price_cents)
    .where(product_prices.c.currency == _parameter(products, "currency"))
    .order_by(product_prices.c.seen_at.desc())
    .limit(literal_column("1"))  # as it stands: what is compiled once takes no parameters but those of a row
)
_save_price = _upsert(
    product_prices,
    {*_KEY, "job_id"},
    job_id=_job,
    seen_at=_parameter(products, "last_seen_at"),
    **{name: _parameter(products, name) for name in (*_KEY, "price_cents", "currency")},
)
_save_product = _upsert(
    products,
    _KEPT_FROM_FIRST_SIGHT,
    collection_count=_of_other_jobs.with_only_columns(literal_column("count(*) + 1")).scalar_subquery(),
    previous_price_cents=_previous_price.scalar_subquery(),
).add_cte(_save_price.returning(product_prices.c.job_id).cte("price"))
_save_both = _save_product.add_cte(_upsert(images, {"url"}).returning(images.c.url).cte("image"))


class ProductCatalogue(OfOrg):
    """The product rows of one org; implements `storage.images.store.ProductRows`."""

    def __init__(self, database: Database, org_id: str) -> None:
        super().__init__(database, org_id)
        # Compiled once: SQLAlchemy 2.0 caches no upsert, and compiling takes longer than Postgres does.
        self._save_product = str(_save_product.compile(database.engine))
        self._save_both = str(_save_both.compile(database.engine))

    def find(self, platform: Platform, asked: Sequence[Asked]) -> list[KnownProduct]:
        """What is known of each product and of the image stored for its URL, in one query."""
        values = {
            "org_id": self._org_id,
            "platform": platform,
            "product_ids": [product_id for product_id, _ in asked],
            "image_urls": [image_url for _, image_url in asked],
        }
        with self._database.autocommit() as connection:
            rows = connection.execute(_FIND, values).all()
        return [
            KnownProduct(row.last_job_id, row.row_image_url, row.image_sha256, *_image(row, image_url))
            for row, (_, image_url) in zip(rows, asked, strict=True)
        ]

    def save(self, product: Product, job_id: str, image: StoredImage | None, source: ImageSource | None) -> None:
        """Insert or update the product's row and price, and its image's row where `source` is given, all or none."""
        statement, parameters = self._save_product, _parameters(products, self._product_row(product, job_id, image))
        if image is not None and source is not None:
            statement, parameters = self._save_both, parameters | _parameters(images, image_row(image, source))
        with begin("upsert"), self._database.autocommit() as connection:
            connection.exec_driver_sql(statement, parameters)

    def touch(self, platform: Platform, product_id: str) -> None:
        """Move the product's `last_seen_at` to now."""
        with self._database.autocommit() as connection:
            connection.execute(
                update(products)
                .where(
                    products.c.org_id == self._org_id,
                    products.c.platform == platform,
                    products.c.product_id == product_id,
                )
                .values(last_seen_at=func.now())
            )

    def _product_row(self, product: Product, job_id: str, image: StoredImage | None) -> dict[str, Any]:
        now = utc_now()
        listing = product if isinstance(product, Listing) else None
        return {
            "org_id": self._org_id,
            "platform": product.platform,
            "product_id": product.product_id,
            "title": product.title,
            "price_cents": product.price.cents if product.price else None,
            "currency": product.price.currency if product.price else None,
            "price_raw": product.price_raw,
            "url": product.url,
            "image_url": product.image_url,
            "image_key": image.key if image else None,
            "image_sha256": image.sha256 if image else None,
            "category": product.category,
            "rank": product.rank,
            "rating": product.rating,
            "ratings_total": product.ratings_total,
            "condition": listing.condition if listing else None,
            "shipping_cents": listing.shipping.cents if listing and listing.shipping else None,
            "seller_name": listing.seller.name if listing and listing.seller else None,
            "first_seen_at": now,
            "last_seen_at": now,
            "last_job_id": job_id,
            "query": product.query,
        }


def _image(row: Row[Any], url: str) -> tuple[StoredImage | None, ImageSource | None]:
    if row.sha256 is None:
        return None, None
    image = StoredImage(row.key, row.sha256, row.content_type, row.size_bytes, row.width, row.height)
    return image, ImageSource(url, row.etag, row.last_modified, row.fetched_at)


def image_row(image: StoredImage, source: ImageSource) -> dict[str, Any]:
    """A row of `images`."""
    return asdict(image) | asdict(source)
