"""The servers that everything is measured against: PostgreSQL as durable as in `dropship up`, SeaweedFS, the sandbox.

They are children of this process, live in a temporary folder, and are gone when the block ends.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import boto3
import httpx

from dropship_pipeline.localstack.dagster import write_instance
from dropship_pipeline.localstack.home import StackHome
from dropship_pipeline.localstack.marketplace import Marketplace
from dropship_pipeline.localstack.postgres import Postgres
from dropship_pipeline.localstack.processes import Child, server_environment
from dropship_pipeline.localstack.s3.seaweed import Seaweed
from dropship_pipeline.storage.database.migrate import upgrade

CATALOGUE_PRODUCTS = 10_656
TEMPLATE_DATABASE = "migrated"
# Far above what one worker can ask: quotas are not what is measured.
NO_QUOTA = "100000"


class LargeMarketplace(Marketplace):
    """The sandbox with enough products for the memory measurement."""

    def launch(self) -> Child:
        """Start it."""
        port = str(self.home.port("sandbox"))
        arguments = ["--port", port, "--products", str(CATALOGUE_PRODUCTS)]
        return Child(
            [sys.executable, "-m", "dropship_pipeline.sandbox.server", *arguments],
            log=self.home.log(self.name),
            cwd=Path.cwd(),
            environment=server_environment(),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where one measurement reads and stores; its database and bucket are nobody else's.

    Args:
        home: the temporary DROPSHIP_HOME.
        database_url: migrated, empty.
        s3_endpoint_url: of the object store.
        access_key: of the object store.
        secret_key: of the object store.
        bucket: empty.
        marketplace_url: of the sandbox.
    """

    home: str
    database_url: str
    s3_endpoint_url: str
    access_key: str
    secret_key: str
    bucket: str
    marketplace_url: str

    def environment(self) -> Mapping[str, str]:
        """The project's settings; every one that could lead to a live marketplace is overruled."""
        return {
            "DROPSHIP_HOME": self.home,
            "DROPSHIP_DATABASE_URL": self.database_url,
            "DROPSHIP_S3_BUCKET": self.bucket,
            "DROPSHIP_S3_ENDPOINT_URL": self.s3_endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "DROPSHIP_IMAGE_HOSTS": self.marketplace_url.removeprefix("http://"),
            "RAINFOREST_BASE_URL": f"{self.marketplace_url}/rainforest",
            "SCRAPERAPI_BASE_URL": f"{self.marketplace_url}/scraperapi",
            "RAINFOREST_API_KEY": "bench-rainforest",
            "SCRAPERAPI_KEY": "bench-scraperapi",
            "RAINFOREST_REQUESTS_PER_MINUTE": NO_QUOTA,
            "SCRAPERAPI_REQUESTS_PER_MINUTE": NO_QUOTA,
            "SCRAPERAPI_EBAY_MODE": "auto",
            "DROPSHIP_AMAZON_DOMAIN": "amazon.com",
            "DROPSHIP_EBAY_TLD": "com",
            "DROPSHIP_ORG": "default",
        }


class Servers:
    """The running servers."""

    def __init__(self, home: StackHome) -> None:
        self.home = home
        self.postgres = Postgres(home)
        self.s3 = Seaweed(home)
        self.marketplace = LargeMarketplace(home)
        self._numbers = count(1)

    def set_latency(self, *, api_ms: int, image_ms: int) -> None:
        """Make every paid answer and every image wait so long."""
        settings = {"api_latency_ms": api_ms, "image_latency_ms": image_ms}
        httpx.put(f"{self.marketplace.url}/_control/settings", json=settings, trust_env=False).raise_for_status()

    def take_paid_requests(self) -> int:
        """Paid requests that the sandbox had since this was last called."""
        report = httpx.delete(f"{self.marketplace.url}/_control/stats", trust_env=False).raise_for_status().json()
        return sum(report[provider]["requests"] for provider in ("rainforest", "scraperapi"))

    @contextmanager
    def place(self) -> Iterator[Place]:
        """A fresh, migrated database and a fresh bucket; the database is dropped at the end."""
        name = f"bench_{next(self._numbers)}"
        bucket = name.replace("_", "-")
        self.postgres.create_database(name, TEMPLATE_DATABASE)
        self.s3.create_bucket(bucket)
        self._open_volumes(bucket)
        yield Place(
            home=str(self.home.path),
            database_url=self.postgres.url(name),
            s3_endpoint_url=self.s3.endpoint_url,
            access_key=self.s3.access_key,
            secret_key=self.s3.secret_key,
            bucket=bucket,
            marketplace_url=self.marketplace.url,
        )
        self.postgres.drop_database(name)

    def _open_volumes(self, bucket: str) -> None:
        """Write once: SeaweedFS takes up to a second for a bucket's first object, whoever puts it."""
        client = boto3.client(
            "s3",
            endpoint_url=self.s3.endpoint_url,
            aws_access_key_id=self.s3.access_key,
            aws_secret_access_key=self.s3.secret_key,
            region_name="us-east-1",
        )
        client.put_object(Bucket=bucket, Key="first", Body=b"first")
        client.close()

    def dagster_environment(self, place: Place) -> Mapping[str, str]:
        """All that a Dagster process gets: nothing of ours but what it needs to work in `place`."""
        return server_environment() | dict(place.environment()) | self.home.dagster_environment()


@contextmanager
def running_servers() -> Iterator[Servers]:
    """Start all servers, and stop them and remove their folder at the end, however it ends."""
    with tempfile.TemporaryDirectory(prefix="dropship-bench-") as folder, ExitStack() as stops:
        home = StackHome(Path(folder))
        servers = Servers(home)
        stops.enter_context(home.lock())
        for service in (servers.postgres, servers.s3, servers.marketplace):
            stops.callback(service.stop)
            service.start()
        servers.postgres.create_database(TEMPLATE_DATABASE)
        upgrade(servers.postgres.url(TEMPLATE_DATABASE))
        write_instance(home)
        yield servers
