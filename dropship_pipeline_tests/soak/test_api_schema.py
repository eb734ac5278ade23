"""The API as the stack serves it: whatever its OpenAPI document allows, and while its servers come and go."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from dropship_pipeline.localstack.processes import wait_until
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.tokens import Tokens
from dropship_pipeline_tests.integration.test_stack_supervisor import Up, running
from dropship_pipeline_tests.soak.operating import process_id, without

pytestmark = pytest.mark.soak

EXAMPLES = 10
PATIENCE_S = 300
# A config whose fields do not fit each other is refused although each fits the schema; ten wrong tokens make a 429.
NOT_CHECKED = "positive_data_acceptance,ignored_auth"
UNKNOWN = Path(__file__).with_name("unknown_parameters.py")
SELLERS = {"job": "collect_sellers", "config": {"categories": [], "max_products": 1}, "queue": True}


class Api:
    """The API of a running stack."""

    def __init__(self, up: Up) -> None:
        settings: dict[str, Any] = up.stack()["settings"]
        self.up = up
        self.url = str(settings["DROPSHIP_ADMIN_URL"])
        with closing(Database(str(settings["DROPSHIP_DATABASE_URL"]))) as database:
            made = Tokens(database).create("soak", ["admin.*"], org="default")
        self.header = f"Bearer {made.secret.get_secret_value()}"
        self.client = httpx.Client(base_url=self.url, trust_env=False, timeout=60)

    def ask(self, method: str, path: str, json: object = None) -> httpx.Response:
        return self.client.request(method, f"/api/collection/{path}", json=json, headers={"Authorization": self.header})


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(tmp_path_factory.mktemp("stack")) as up:
        served = Api(up)
        with served.client:
            assert wait_until(lambda: _status(lambda: served.ask("GET", "runs")) == 200, PATIENCE_S)
            yield served


def schemathesis(
    api: Api, *more: str, checks: str = "all", hooks: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    path = api.up.home / "openapi.json"
    path.write_bytes(httpx.get(f"{api.url}/api/openapi.json", headers={"Authorization": api.header}).content)
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", str(path), "--url", api.url, "--checks", checks,
        "--exclude-checks", NOT_CHECKED, "--phases", "coverage,fuzzing", "--max-examples", str(EXAMPLES),
        "--seed", "1", "--no-color", *more,
    ]  # fmt: skip
    environment = {**os.environ, "NO_PROXY": "*", **({"SCHEMATHESIS_HOOKS": str(hooks)} if hooks else {})}
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=api.up.home, env=environment)


def failures(done: "subprocess.CompletedProcess[str]") -> str:
    return done.stdout.partition("= FAILURES =")[2].partition("= WARNINGS =")[0] or done.stdout + done.stderr


def test_no_request_that_the_document_allows_is_answered_by_what_it_does_not_declare(api: Api) -> None:
    done = schemathesis(api, "--header", f"Authorization: {api.header}")
    assert done.returncode == 0, failures(done)
    assert "Selected:" in done.stdout


def test_no_route_ignores_a_parameter_that_the_document_does_not_know(api: Api) -> None:
    before = api.ask("GET", "runs").json()["total"]
    more = ("--header", f"Authorization: {api.header}", "--mode", "positive")
    done = schemathesis(api, *more, checks="unknown_parameter_is_refused", hooks=UNKNOWN)
    assert done.returncode == 0, failures(done)
    assert "Selected:" in done.stdout
    assert api.ask("GET", "runs").json()["total"] == before  # nothing was started on the way


def test_a_stranger_gets_nothing_but_declared_refusals(api: Api) -> None:
    done = schemathesis(api)
    assert done.returncode == 0, failures(done)


def test_a_restart_of_postgres_is_told_and_survived(api: Api) -> None:
    admin = process_id(api.up, "admin")
    assert api.ask("GET", "runs").status_code == 200
    with without(api.up, "postgres"):
        answer = api.ask("GET", "runs")
        assert answer.status_code == 503
        assert "try again in a moment" in answer.json()["detail"]  # nobody is known yet who may be told of a server
        assert answer.headers["retry-after"]
    assert wait_until(lambda: _status(lambda: api.ask("GET", "runs")) == 200, PATIENCE_S)
    assert all(api.ask("GET", "runs").status_code == 200 for _ in range(30))  # no dead connection is left in the pool
    assert process_id(api.up, "admin") == admin


def test_a_restart_of_the_dagster_webserver_is_told_and_survived(api: Api) -> None:
    admin = process_id(api.up, "admin")
    with without(api.up, "dagster-webserver"):
        answer = api.ask("POST", "start", SELLERS)
        assert answer.status_code == 503
        assert "Dagster" in answer.json()["detail"]
        assert api.ask("GET", "runs").status_code == 200
        assert api.ask("GET", "health").json()["dagster"] == "unavailable"
    assert wait_until(lambda: _status(lambda: api.ask("POST", "start", SELLERS)) == 202, PATIENCE_S)
    assert process_id(api.up, "admin") == admin


def _status(ask: Callable[[], httpx.Response]) -> int:
    return ask().status_code
