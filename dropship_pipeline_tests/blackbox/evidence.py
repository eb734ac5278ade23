"""Reads what a run left behind, past the product's own code: rows by SQL, objects by boto3, bytes from files."""

import gzip
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import boto3
import psycopg
from botocore.config import Config
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from dropship_pipeline_tests.blackbox.goods import Kept
from dropship_pipeline_tests.blackbox.runs import World


def rows(database_url: str, query: str, *values: object) -> list[dict[str, Any]]:
    """The rows that a query gives."""
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        return connection.execute(query.encode(), values).fetchall()


def objects(world: World) -> dict[str, bytes]:
    """Every object of the bucket, by key."""
    client = boto3.client(
        "s3", endpoint_url=world.servers.s3_endpoint_url, region_name="us-east-1",
        aws_access_key_id=world.servers.s3_access_key, aws_secret_access_key=world.servers.s3_secret_key,
        config=Config(s3={"addressing_style": "path"}, proxies={}),
    )  # fmt: skip
    try:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=world.bucket)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        return {key: client.get_object(Bucket=world.bucket, Key=key)["Body"].read() for key in keys}
    finally:
        client.close()


def stored(world: World, platform: str) -> tuple[dict[str, Kept], list[str]]:
    """The stored products as `Kept`, and what is wrong with the objects that their rows name."""
    held, products, wrong = objects(world), {}, []
    for row in rows(world.database_url, "SELECT * FROM products WHERE platform = %s", platform):
        image = None
        if row["image_key"] is not None:
            image = held.get(row["image_key"], b"")
            sha256 = hashlib.sha256(image).hexdigest()
            if row["image_sha256"] != sha256 or sha256 not in row["image_key"]:
                wrong.append(f"{row['product_id']}: {row['image_key']} has sha256 {sha256}")
        products[row["product_id"]] = Kept(
            row["title"], row["price_cents"], row["currency"], row["url"], image, row["condition"],
            row["shipping_cents"], row["seller_name"],
        )  # fmt: skip
    return products, wrong


def spellings(secret: str) -> list[bytes]:
    """How a key may be written: plain, in a URL or a URL within one, in JSON that escapes slashes or in JSON of it."""
    once = quote(secret, safe="")
    forms = {secret, once, quote_plus(secret), quote(secret), quote(once, safe="")}
    forms |= {secret.replace("/", "\\/"), secret.replace("/", "\\\\/")}
    return [form.encode() for form in forms | {form.lower() for form in forms if "%" in form}]


def hits(secrets: Iterable[str], sources: Iterable[tuple[str, bytes]]) -> list[str]:
    """Where a secret is found, in any of its spellings."""
    wanted = [form for secret in secrets for form in spellings(secret)]
    return [name for name, data in sources if any(form in data for form in wanted)]


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path), path.read_bytes()


def database(database_url: str) -> Iterator[tuple[str, bytes]]:
    """Every row of every table of a database, as text."""
    tables = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    with psycopg.connect(database_url) as connection:
        for schema, table in connection.execute(tables).fetchall():
            query = SQL("SELECT t::text FROM {}.{} AS t").format(Identifier(schema), Identifier(table))
            yield f"{schema}.{table}", "\n".join(row for (row,) in connection.execute(query)).encode()


def unpacked(held: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """Every object's key and bytes, what is compressed unpacked as well."""
    for key, data in held.items():
        yield key, key.encode() + data + (gzip.decompress(data) if key.endswith(".gz") else b"")
