"""The commands and settings of `deploy/compose.yaml`: they come up in order and collect, each on a disk of its own."""

import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.soak import kills
from dropship_pipeline_tests.soak.composed import Composed
from dropship_pipeline_tests.soak.machines import PASSWORD, redis, wait_until

pytestmark = pytest.mark.soak
DATABASES = ("composed", "composed_dagster")
SESSION_SECRET = "a-secret-that-signs-cookies"
KEY = "a-key-that-must-not-be-printed"
PATIENCE_S = 120
CONFIG = {"queries": ["desk lamp", "yoga mat"], "top_amz": 2, "top_ebay": 2}


@pytest.fixture(scope="module")
def composed(stack: LocalServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    """Everything up, in the order in which compose starts it."""
    url, _ = (stack.create_database(name) for name in DATABASES)
    stack.create_bucket("composed")
    folder = tmp_path_factory.mktemp("composed")
    where = urlsplit(url)
    with redis(tmp_path_factory.mktemp("composed-redis")) as broker, kills.sandbox(folder) as sandbox:
        variables = {
            "POSTGRES_PASSWORD": str(where.password), "REDIS_PASSWORD": PASSWORD,
            "AWS_ACCESS_KEY_ID": stack.s3_access_key, "AWS_SECRET_ACCESS_KEY": stack.s3_secret_key,
            "DROPSHIP_SESSION_SECRET": SESSION_SECRET, "RAINFOREST_API_KEY": KEY, "SCRAPERAPI_KEY": KEY,
        }  # fmt: skip
        addresses = {
            "postgres:5432/dropship": f"127.0.0.1:{where.port}/composed",
            "redis:6379": f"127.0.0.1:{urlsplit(broker).port}",
            "http://s3:8333": stack.s3_endpoint_url,
        }
        extra = {
            "DAGSTER_PG_USER": str(where.username), "DAGSTER_PG_DB": "composed_dagster",
            "DROPSHIP_DATABASE_URL": url, "DROPSHIP_S3_BUCKET": "composed",
            "RAINFOREST_BASE_URL": f"{sandbox}/rainforest", "SCRAPERAPI_BASE_URL": f"{sandbox}/scraperapi",
            "DROPSHIP_IMAGE_HOSTS": sandbox.removeprefix("http://"),
        }  # fmt: skip
        parts = Composed(folder, variables, addresses, extra)
        try:
            assert parts.start("migrate").wait(PATIENCE_S) == 0, parts.log("migrate")
            variables["DROPSHIP_DAGSTER_TOKEN"] = made = parts.run(
                "admin", "dropship", "token", "create", "dagster", "--permission", "collection.run"
            )
            assert made
            for service in ("code", "webserver", "daemon", "admin", "worker-amazon", "worker-ebay"):
                parts.start(service)
            for port in ("3000", "8080"):
                wait_until(lambda port=port: _lives(parts, port), f"{port}: {parts.everything_printed()}", PATIENCE_S)  # type: ignore[misc]
            yield parts
        finally:
            parts.stop()


def _lives(parts: Composed, port: str) -> bool:
    try:
        return httpx.get(f"{parts.url(port)}/livez", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _count(parts: Composed, table: str) -> int:
    with psycopg.connect(parts.extra["DROPSHIP_DATABASE_URL"]) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def test_a_run_started_on_the_admin_page_is_collected_by_both_workers(composed: Composed) -> None:
    mine = composed.run("admin", "dropship", "token", "create", "me", "--permission", "admin.*")
    headers = {"Authorization": f"Bearer {mine}"}
    base = f"{composed.url('8080')}/api/collection"
    with closing(httpx.Client(base_url=base, headers=headers, trust_env=False, timeout=30)) as api:
        run: dict[str, Any] = {}

        def has_started() -> bool:
            answer = api.post("/start", json={"job": "collect_and_store", "config": CONFIG})
            run.update(answer.json())
            return answer.status_code == 202

        wait_until(has_started, "Dagster never took the run", PATIENCE_S)
        deadline = time.monotonic() + PATIENCE_S
        while (state := api.get(f"/status/{run['run_id']}").json())["state"] not in ("completed", "failed"):
            assert time.monotonic() < deadline, (state, composed.everything_printed()[-5000:])
            time.sleep(0.5)
    assert state["state"] == "completed", (state, composed.everything_printed()[-5000:])
    assert _count(composed, "products") == 8
    assert "amazon_collect_store" in composed.log("worker-amazon")
    assert "ebay_collect_store" in composed.log("worker-ebay")


def test_the_dagster_ui_of_a_deployment_asks_for_a_token(composed: Composed) -> None:
    query = {"query": "{ version }"}
    stranger = httpx.post(f"{composed.url('3000')}/graphql", json=query, trust_env=False)
    assert stranger.status_code == 401


def test_no_part_prints_a_secret(composed: Composed) -> None:
    printed = composed.everything_printed()
    for secret in (KEY, PASSWORD, SESSION_SECRET, composed.variables["POSTGRES_PASSWORD"]):
        assert secret not in printed
