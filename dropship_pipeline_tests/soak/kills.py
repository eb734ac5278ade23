"""A home with real servers, a run in it that can be killed in many ways, and what it left behind."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import psutil
import psycopg

from dropship_pipeline.localstack.processes import wait_until
from dropship_pipeline.localstack.service import Service
from dropship_pipeline_tests.blackbox.warm_python import Started
from dropship_pipeline_tests.conftest import LocalServers

QUERIES = ["desk lamp", "yoga mat", "water bottle", "phone case"]
TOP_K = 8
CONFIGS: dict[str, dict[str, dict[str, Any]]] = {
    "collect_and_store": {"collection_config": {"queries": QUERIES, "top_amz": TOP_K, "top_ebay": TOP_K}},
    "collect_sellers": {"best_sellers": {"categories": ["kitchen", "electronics"], "max_products": 60}},
}
RUN_S = 300
# Orphans notice within two seconds that their run is gone; a machine with much else to do takes longer to end them.
ENDED_S = 30
START_S = 120
API_MS, IMAGE_MS = 250, 25
# What a run leaves behind, without what must differ between two runs: times, run numbers, errors of the disturbed one.
TABLES = {
    "products": "SELECT org_id, platform, product_id, title, price_cents, currency, url, image_url, image_key, "
    "image_sha256, rank, condition, shipping_cents, seller_name, last_job_id FROM products ORDER BY 2, 3",
    "images": "SELECT url, sha256, key, content_type, size_bytes FROM images ORDER BY 1",
    "outcomes": "SELECT job_id, platform, query, state, returned, stored, without_image, collect_errors, store_errors "
    "FROM query_outcomes ORDER BY 2, 3",
    "sellers": "SELECT seller_name_normalized, feedback_percent, feedback_count, collection_count, "
    "jsonb_path_query_array(source_products, '$[*].asin') FROM sellers ORDER BY 1",
    "calls": "SELECT job_id, provider, fingerprint, state, http_status FROM api_calls ORDER BY 2, 3",
}


@dataclass
class Home:
    """One database and one bucket, and the job that collects into them."""

    servers: LocalServers
    sandbox_url: str
    folder: Path
    database_url: str
    bucket: str
    logs: list[Path] = field(default_factory=list)
    more: dict[str, str] = field(default_factory=dict)  # variables of the environment

    def environment(self) -> dict[str, str]:
        own = {
            "DROPSHIP_HOME": str(self.folder),
            "DROPSHIP_DATABASE_URL": self.database_url,
            "DROPSHIP_S3_ENDPOINT_URL": self.servers.s3_endpoint_url,
            "DROPSHIP_S3_BUCKET": self.bucket,
            "AWS_ACCESS_KEY_ID": self.servers.s3_access_key,
            "AWS_SECRET_ACCESS_KEY": self.servers.s3_secret_key,
            "DROPSHIP_SANDBOX_URL": self.sandbox_url,
            "RAINFOREST_REQUESTS_PER_MINUTE": "6000",
            "SCRAPERAPI_REQUESTS_PER_MINUTE": "6000",
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DAGSTER", "DROPSHIP"))}
        return {**kept, **own, **self.more}

    def start(self, job_id: str, job: str = "collect_and_store") -> "subprocess.Popen[bytes]":
        """Launch `dagster job execute` for this job id."""
        config = self.folder / "config.json"
        ops = {name: {"config": {"job_id": job_id, **settings}} for name, settings in CONFIGS[job].items()}
        config.write_text(json.dumps({"ops": ops}), encoding="utf-8")
        log = self.folder / f"run-{len(self.logs)}.log"
        self.logs.append(log)
        dagster = [sys.executable, "-m", "dagster", "job", "execute", "-m", "dropship_pipeline.definitions"]
        with log.open("wb") as output:
            return subprocess.Popen(
                [*dagster, "-j", job, "-c", str(config)],
                env=self.environment(), stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
                cwd=self.folder,
            )  # fmt: skip

    def run_to_the_end(self, job_id: str, job: str = "collect_and_store") -> None:
        """Execute the job undisturbed; fail with its log if it does."""
        assert self.start(job_id, job).wait(RUN_S) == 0, self.logs[-1].read_text(encoding="utf-8")[-3000:]

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        with psycopg.connect(self.database_url) as connection:
            return {name: connection.execute(query).fetchall() for name, query in TABLES.items()}

    def states(self) -> list[str]:
        """The status of every run, oldest first."""
        with psycopg.connect(self.database_url) as connection:
            return [row[0] for row in connection.execute("SELECT status FROM collection_runs ORDER BY id")]

    def objects(self) -> dict[str, str]:
        """ETag of every object by key; raw answers hold times, so of these only the keys count."""
        own = self.environment()
        s3 = boto3.client(
            "s3", endpoint_url=own["DROPSHIP_S3_ENDPOINT_URL"], region_name="us-east-1",
            aws_access_key_id=own["AWS_ACCESS_KEY_ID"], aws_secret_access_key=own["AWS_SECRET_ACCESS_KEY"],
        )  # fmt: skip
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        found = [entry for page in pages for entry in page.get("Contents", [])]
        return {e["Key"]: e["ETag"] if e["Key"].startswith("images/") else "" for e in found}


def control(sandbox_url: str, method: str) -> dict[str, Any]:
    """The sandbox's counts; DELETE also begins them anew."""
    request = urllib.request.Request(f"{sandbox_url}/_control/stats", method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        counts: dict[str, Any] = json.load(answer)
    return counts


def charged_again(sandbox_url: str) -> dict[str, int]:
    """Paid calls that were paid for before, by provider."""
    counts = control(sandbox_url, "GET")
    return {provider: counts[provider]["charged_again"] for provider in ("rainforest", "scraperapi")}


@contextmanager
def sandbox(folder: Path) -> Iterator[str]:
    """A sandbox marketplace with some latency, so that a kill meets work in flight."""
    port_file = folder / "sandbox.port"
    server = subprocess.Popen(
        [
            sys.executable, "-m", "dropship_pipeline.sandbox.server", "--host", "127.0.0.1", "--port", "0",
            "--port-file", str(port_file), "--api-latency-ms", str(API_MS), "--image-latency-ms", str(IMAGE_MS),
        ],
        start_new_session=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 30
        while not (port_file.exists() and port_file.read_text(encoding="utf-8").strip()):
            assert time.monotonic() < deadline, "the sandbox did not start"
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port_file.read_text(encoding='utf-8').strip()}"
    finally:
        server.terminate()
        server.wait(10)


def workers(run: Started) -> list[psutil.Process]:
    """The step processes of a run: children of its fork server."""
    try:
        children = psutil.Process(run.pid).children()
        return [step for child in children for step in child.children()]
    except psutil.NoSuchProcess:
        return []


def family(run: Started) -> list[psutil.Process]:
    """Everything that a run started."""
    try:
        return psutil.Process(run.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def has_ended(process: psutil.Process) -> bool:
    """Whether it does nothing any more; one that nobody has taken note of yet, a zombie, has ended too."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def at_work(started: list[psutil.Process]) -> list[psutil.Process]:
    """Those that have not ended after a while."""
    wait_until(lambda: all(map(has_ended, started)), ENDED_S)
    return [process for process in started if not has_ended(process)]


def kill_server(service: Service) -> None:
    """kill -9 of a server and all of its processes."""
    assert service.child is not None
    server = psutil.Process(service.child.record.pid)
    for process in (server, *server.children(recursive=True)):
        kill(process)
    service.stop()  # finds it dead, and forgets it


def kill(process: psutil.Process) -> None:
    """kill -9, whatever state it is in."""
    try:
        os.kill(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
