"""The admin page's own process on a free port, as `dropship up` starts it, with stores of the caller's."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import psutil

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline_tests.conftest import TEMPLATE_DATABASE, LocalServers
from dropship_pipeline_tests.ports import free_port

START_TIMEOUT_S = 180.0
NOBODY = "http://127.0.0.1:9"


@contextmanager
def admin_server(environment: Mapping[str, str], log: Path | None = None) -> Iterator[tuple[psutil.Process, str]]:
    """The process and its address; it is ended with the block.

    Args:
        environment: the project's settings.
        log: what it prints; nowhere if None.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    own = {"PATH": os.environ["PATH"], "DROPSHIP_ADMIN_URL": url, "DROPSHIP_SESSION_SECRET": secrets.token_urlsafe(32)}
    command = [sys.executable, "-m", "dropship_pipeline.admin", "--port", str(port)]
    with (log or Path(os.devnull)).open("wb") as output:
        child = subprocess.Popen(command, env={**environment, **own}, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait_until_up(child, url)
        yield psutil.Process(child.pid), url
    finally:
        child.terminate()
        child.wait(START_TIMEOUT_S)


@contextmanager
def admin_pages(servers: LocalServers, name: str, **settings: str) -> Iterator[tuple[Database, str]]:
    """A database of that name with all migrations, and the address of the pages on it; Dagster is away, as it may be.

    Args:
        servers: the fixture `stack`, whose `_migrated_template` is made.
        name: names the database, the bucket, the folder and the log in the servers' folder.
        settings: further ones.
    """
    url = servers.create_database(name, TEMPLATE_DATABASE)
    servers.create_bucket(name)
    environment = {
        "DROPSHIP_DATABASE_URL": url, "DROPSHIP_S3_ENDPOINT_URL": servers.s3_endpoint_url, "DROPSHIP_S3_BUCKET": name,
        "AWS_ACCESS_KEY_ID": servers.s3_access_key, "AWS_SECRET_ACCESS_KEY": servers.s3_secret_key,
        "DROPSHIP_DAGSTER_URL": NOBODY, "DROPSHIP_SANDBOX_URL": NOBODY,
        "DROPSHIP_HOME": str(servers.home.path / name), **settings,
    }  # fmt: skip
    log = servers.home.path / f"{name}.log"
    with closing(Database(url)) as database, admin_server(environment, log) as (_, address):
        yield database, address
    servers.drop_database(name)


def _wait_until_up(child: "subprocess.Popen[bytes]", url: str) -> None:
    limit = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < limit:
        if child.poll() is not None:
            raise RuntimeError(f"the admin page ended at once, with exit code {child.returncode}")
        try:
            httpx.get(f"{url}/livez", trust_env=False).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the admin page does not answer")
