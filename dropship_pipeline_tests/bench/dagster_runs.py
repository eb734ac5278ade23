"""The same load through `dagster job execute`, as anybody would run it: what Dagster adds, and how close it starts."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg

from dropship_pipeline.localstack.processes import open_log
from dropship_pipeline_tests.bench.load import PRODUCTS, QUERIES, TOP_K
from dropship_pipeline_tests.bench.pairs import BenchError
from dropship_pipeline_tests.bench.servers import Place, Servers

JOB = ("job", "execute", "-m", "dropship_pipeline.definitions", "-j", "collect_and_store")
TIMEOUT_S = 180.0
LOG_TAIL_CHARS = 4_000
_WORKERS = "SELECT min(started_at), max(ended_at), sum(stored) FROM query_outcomes GROUP BY platform"


@dataclass(frozen=True, slots=True)
class DagsterRun:
    """One run, in seconds.

    Args:
        cost_s: from the command's start to its end, less the slower worker's time.
        start_skew_s: between the starts of the two workers.
    """

    cost_s: float
    start_skew_s: float


def prepare_dagster(servers: Servers) -> None:
    """Create Dagster's tables, which happens once an instance."""
    with servers.place() as place:
        _run(servers, place, "instance", "info")


def run_dagster(servers: Servers, place: Place) -> DagsterRun:
    """Run the job once.

    Raises:
        BenchError: it failed, or did not store every product.
    """
    config = {"queries": list(QUERIES), "top_amz": TOP_K, "top_ebay": TOP_K}
    file = Path(place.home) / "run.yaml"
    file.write_text(json.dumps({"ops": {"collection_config": {"config": config}}}), encoding="utf-8")
    wall_s = _run(servers, place, *JOB, "-c", str(file))
    with psycopg.connect(place.database_url) as connection:
        workers: list[tuple[datetime, datetime, int]] = connection.execute(_WORKERS).fetchall()
    if [stored for _, _, stored in workers] != [PRODUCTS, PRODUCTS]:
        raise BenchError(f"Dagster's workers stored {[stored for _, _, stored in workers]} products")
    starts = [start for start, _, _ in workers]
    slower_s = max((end - start).total_seconds() for start, end, _ in workers)
    return DagsterRun(wall_s - slower_s, (max(starts) - min(starts)).total_seconds())


def _run(servers: Servers, place: Place, *arguments: str) -> float:
    """Run `dagster …` to its end and return how many seconds it took."""
    log = servers.home.log("dagster")
    began = time.perf_counter()
    with open_log(log) as output:
        done = subprocess.run(
            [sys.executable, "-m", "dagster", *arguments],
            env=servers.dagster_environment(place),
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
            check=False,
        )
    wall_s = time.perf_counter() - began
    if done.returncode != 0:
        raise BenchError(f"dagster {arguments[0]} ended with {done.returncode}:\n{log.read_text()[-LOG_TAIL_CHARS:]}")
    return wall_s
