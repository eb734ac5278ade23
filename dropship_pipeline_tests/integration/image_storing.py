"""Storing products with their pictures in a real Postgres and a real S3, for tests of it."""

import hashlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr
from sqlalchemy import select

from dropship_pipeline.models import Product, utc_now
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import products
from dropship_pipeline.storage.images.fetch import FetchLimits, GuardedFetcher
from dropship_pipeline.storage.images.store import ImageStorageManager
from dropship_pipeline.storage.objects import ObjectStore, object_store
from dropship_pipeline.storage.products.rows import ProductCatalogue
from dropship_pipeline_tests.image_host import IMAGE, ImageHost

SHA256 = hashlib.sha256(IMAGE).hexdigest()
KEY = f"images/{SHA256[:2]}/{SHA256}.jpg"


def objects_at(endpoint: str, bucket: str, key_id: str, secret: str) -> ObjectStore:
    settings = Settings(
        DROPSHIP_S3_ENDPOINT_URL=endpoint,
        DROPSHIP_S3_BUCKET=bucket,
        AWS_ACCESS_KEY_ID=SecretStr(key_id),
        AWS_SECRET_ACCESS_KEY=SecretStr(secret),
    )
    return object_store(settings)


def storing(
    host: ImageHost, database: Database, objects: ObjectStore, now: Callable[[], datetime] = utc_now
) -> AbstractAsyncContextManager[ImageStorageManager]:
    return ImageStorageManager(
        ProductCatalogue(database, "default"),
        objects,
        GuardedFetcher([host.authority], limits=FetchLimits(retry_pause_s=0)),
        max_age=timedelta(days=30),
        now=now,
    )


def product(host: ImageHost, path: str = "/a.jpg", product_id: str = "B000000001") -> Product:
    url = host.url(path)
    return Product(platform="amazon", product_id=product_id, title="A lamp", url="https://x.example", image_url=url)


def rows(database: Database) -> list[Any]:
    with database.begin() as connection:
        return list(connection.execute(select(products).order_by(products.c.product_id)))
