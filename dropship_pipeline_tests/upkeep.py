"""Objects in a bucket, and the rows that name some of them, for the tests of pruning and backup."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import SecretStr
from sqlalchemy import insert

from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import api_calls, images, products
from dropship_pipeline.storage.objects import ObjectStore, object_store
from dropship_pipeline_tests.conftest import LocalServers

WRITERS = 16


def bucket_store(servers: LocalServers, bucket: str) -> ObjectStore:
    """A store of this bucket; close it."""
    values: dict[str, Any] = {
        "DROPSHIP_S3_ENDPOINT_URL": servers.s3_endpoint_url, "DROPSHIP_S3_BUCKET": bucket,
        "AWS_ACCESS_KEY_ID": SecretStr(servers.s3_access_key),
        "AWS_SECRET_ACCESS_KEY": SecretStr(servers.s3_secret_key),
    }  # fmt: skip
    return object_store(Settings(**values))


def keys_of(objects: ObjectStore) -> set[str]:
    """Every key in the bucket."""
    return {stored.key for page in objects.pages("") for stored in page}


def put_all(objects: ObjectStore, keys: Iterable[str]) -> None:
    """Put an object of each key, its data the key."""
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda key: objects.put(key, key.encode(), "image/png", {"sha256": "x"}), keys))


@dataclass(frozen=True)
class Named:
    """Keys of objects and the rows that name them."""

    database: Database

    def answer(self, number: int, settled_at: datetime, job_id: str = "job") -> str:
        """A settled call; returns its raw answer's key."""
        fingerprint = f"{number:064x}"
        key = f"raw/rainforest/{job_id}/{fingerprint}.json.gz"
        row = {
            "job_id": job_id, "provider": "rainforest", "fingerprint": fingerprint, "org_id": "default",
            "request": {}, "state": "settled", "credits_reserved": 1, "credits": 1, "raw_key": key,
            "reserved_at": settled_at, "settled_at": settled_at,
        }  # fmt: skip
        with self.database.begin() as connection:
            connection.execute(insert(api_calls).values(row))
        return key

    def image(self, number: int, seen_at: datetime, *, by_product: bool) -> str:
        """An image that a row of `products` or of `images` names; returns its key."""
        key = image_key(number)
        with self.database.begin() as connection:
            if by_product:
                row = {
                    "org_id": "default", "platform": "amazon", "product_id": str(number), "title": "Lamp",
                    "url": "https://a", "image_key": key, "first_seen_at": seen_at, "last_seen_at": seen_at,
                    "last_job_id": "job",
                }  # fmt: skip
                connection.execute(insert(products).values(row))
            else:
                row = {
                    "url": f"https://i/{number}", "sha256": f"{number:064x}", "key": key, "width": 1, "height": 1,
                    "content_type": "image/png", "size_bytes": 1, "fetched_at": seen_at,
                }  # fmt: skip
                connection.execute(insert(images).values(row))
        return key


def image_key(number: int) -> str:
    """The key of an image whose sha256 is this number."""
    return f"images/{number % 256:02x}/{number:064x}.png"
