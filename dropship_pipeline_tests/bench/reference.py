"""The specification's loop, written plainly with httpx, boto3 and psycopg: the yardstick, with none of our own code.

For each query it asks the API; for each product it gets the image, puts it, and commits the row. It keeps no ledger,
checks no picture and no address, and records nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import psycopg

from dropship_pipeline.models import Platform
from dropship_pipeline_tests.bench.load import QUERIES, TOP_K
from dropship_pipeline_tests.bench.servers import Place

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

Row = dict[str, Any]
_INSERT = """
    INSERT INTO products (org_id, platform, product_id, title, price_cents, currency, url, image_url, image_key,
                          first_seen_at, last_seen_at, last_job_id)
    VALUES ('default', %(platform)s, %(product_id)s, %(title)s, %(price_cents)s, %(currency)s, %(url)s,
            %(image_url)s, %(image_key)s, now(), now(), 'reference')
    ON CONFLICT (org_id, platform, product_id) DO UPDATE SET
        title = excluded.title, price_cents = excluded.price_cents, currency = excluded.currency,
        url = excluded.url, image_url = excluded.image_url, image_key = excluded.image_key,
        last_seen_at = excluded.last_seen_at, last_job_id = excluded.last_job_id
"""


@contextmanager
def reference_loop(place: Place, platform: Platform) -> Iterator[Callable[[], int]]:
    """Open the clients; yields the loop, which returns how many products it stored."""
    s3 = boto3.client(
        "s3",
        endpoint_url=place.s3_endpoint_url,
        aws_access_key_id=place.access_key,
        aws_secret_access_key=place.secret_key,
        region_name="us-east-1",
    )
    with httpx.Client(timeout=90) as http, psycopg.connect(place.database_url) as connection:

        def loop() -> int:
            stored = 0
            for query in QUERIES:
                for product in _collect(http, place.marketplace_url, platform, query):
                    _store(http, s3, connection, place.bucket, product)
                    stored += 1
            return stored

        yield loop
    s3.close()


def _collect(http: httpx.Client, marketplace: str, platform: Platform, query: str) -> list[Row]:
    if platform == "amazon":
        url, rows_name, read = f"{marketplace}/rainforest/request", "search_results", _amazon_product
        params = {"type": "search", "search_term": query, "amazon_domain": "amazon.com"}
    else:
        url, rows_name, read = f"{marketplace}/scraperapi/structured/ebay/search/v2", "results", _ebay_product
        params = {"query": query, "tld": "com"}
    answer = http.get(url, params={**params, "page": "1", "api_key": "bench-reference"}).raise_for_status()
    products = {product["product_id"]: product for product in map(read, answer.json()[rows_name])}
    return list(products.values())[:TOP_K]


def _amazon_product(row: Row) -> Row:
    return {
        "platform": "amazon",
        "product_id": row["asin"],
        "title": row["title"],
        "url": f"https://www.amazon.com/dp/{row['asin']}",
        "image_url": row.get("image"),
        **_price(row.get("price")),
    }


def _ebay_product(row: Row) -> Row:
    item_id = row["product_url"].split("/itm/")[1].split("?")[0]
    return {
        "platform": "ebay",
        "product_id": item_id,
        "title": row["product_title"],
        "url": f"https://www.ebay.com/itm/{item_id}",
        "image_url": row["image"],
        **_price(row.get("item_price")),
    }


def _price(price: Row | None) -> Row:
    if price is None or "value" not in price:
        return {"price_cents": None, "currency": None}
    return {"price_cents": round(price["value"] * 100), "currency": price["currency"]}


def _store(http: httpx.Client, s3: "S3Client", connection: psycopg.Connection, bucket: str, product: Row) -> None:
    key = None
    if product["image_url"]:
        image = http.get(product["image_url"]).raise_for_status()
        key = f"images/{product['platform']}/{product['product_id']}"
        s3.put_object(Bucket=bucket, Key=key, Body=image.content, ContentType=image.headers["content-type"])
    connection.execute(_INSERT, {**product, "image_key": key})
    connection.commit()
