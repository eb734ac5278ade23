"""A fixed set of situations, and what is said in each: exit codes, log lines, error texts, problem documents.

What is recorded comes from outside: processes, a database, HTTP answers. So the same code describes any release.
"""

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from typer.testing import Result

from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.blackbox.goods import amazon_pages, amazon_row, ebay_pages, price, served
from dropship_pipeline_tests.blackbox.market import Answer, Market, Seen
from dropship_pipeline_tests.blackbox.planted import SellerMarket
from dropship_pipeline_tests.blackbox.runs import Finished, Job, World
from dropship_pipeline_tests.blackbox.wire import rainforest
from dropship_pipeline_tests.integration.api_client import client_of, fake_app, make_token
from dropship_pipeline_tests.integration.cli_runner import open_cli

# More at once only wait for the same processors.
AT_ONCE = 2
ONE_AT_A_TIME = {"SCRAPERAPI_MAX_IN_FLIGHT": "1", "RAINFOREST_MAX_IN_FLIGHT": "1"}
QUERIES = ["copper can", "no such query", "lost picture", "seed tray"]
# Sentences of errors; not Dagster's own word that a run failed.
_SAID = re.compile(r"(?:Failure|Error): (?!Run )(.+)")
_STEPLESS = "run"

# Name → job, configuration, changes to the environment.
RUNS: Mapping[str, tuple[Job, Mapping[str, Any], Mapping[str, str | None]]] = {
    "products": ("collect_and_store", {"queries": QUERIES, "top_amz": 6, "top_ebay": 10, "job_id": "products"}, {}),
    "sellers": (
        "collect_sellers", {"categories": ["sim-gone", "sim-toys"], "max_products": 5, "job_id": "sellers"},
        ONE_AT_A_TIME,
    ),
    "sellers out of budget": (
        "collect_sellers", {"categories": ["sim-toys"], "max_products": 5, "max_credits": 25, "job_id": "budget"},
        ONE_AT_A_TIME,
    ),
    "refused key": (
        "collect_sellers", {"categories": ["sim-toys"], "job_id": "refused"}, {"RAINFOREST_API_KEY": "wr0ng"}
    ),
    "limits": ("collect_and_store", {"queries": ["seed tray"], "top_amz": -1, "job_id": "limits"}, {}),
}  # fmt: skip


class BothMarkets(SellerMarket):
    """Scripts for product searches, planted offers for the rest."""

    def answer(self, seen: Seen) -> Answer:
        scripted = (seen.platform, seen.query) in self.scripts or seen.params.get("type") == "search"
        return Market.answer(self, seen) if scripted else super().answer(seen)


def market() -> BothMarkets:
    """A marketplace for all of the runs; `job_runs` fills it once it has an address."""
    return BothMarkets()


def _fill(served_market: Market) -> None:
    at = served_market.url
    for query, pages in amazon_pages(at).items():
        served_market.scripts["amazon", query] = served(pages)
    for query, pages in ebay_pages(at).items():
        served_market.scripts["ebay", query] = served(pages)
    lost = amazon_row("B0SIM00501", "Lamp", price=price(3, "$3.00"), image=f"{at}/images/I/lost.jpg")
    served_market.scripts["amazon", "lost picture"] = served([rainforest([lost], total_pages=1)])


def job_runs(world: World) -> dict[str, Any]:
    """Each situation of `dagster job execute` → exit code, sentences, log lines by step, summaries, records."""

    def execute(name: str) -> Finished:
        job, config, environment = RUNS[name]
        return world.execute(_file(name), config, job, **{"DROPSHIP_ORG": _file(name), **environment})

    _fill(world.market)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ended = zip(RUNS, pool.map(execute, RUNS), strict=True)
        return {name: {**_said(run), **_recorded(world, run)} for name, run in ended}


def _file(name: str) -> str:
    return name.replace(" ", "-")


def _said(run: Finished) -> dict[str, Any]:
    log: dict[str, list[str]] = {}
    for line in run.log:
        if line.event is None and not line.message.startswith("Dependencies for step"):  # Dagster's own
            log.setdefault(line.step or _STEPLESS, []).append(line.message)
    return {
        "exit code": run.exit_code,
        "sentences": sorted(set(_SAID.findall(run.stderr))),
        "log": log,
        "metadata": {
            label: {name: _still(name, value) for name, value in values.items()}
            for label, values in run.metadata.items()
        },
    }


def _still(name: str, value: Any) -> Any:
    """A figure of the summary, or only that it is there where it is a time."""
    return "<seconds>" if name.endswith("seconds") else value


def _recorded(world: World, run: Finished) -> dict[str, Any]:
    mine = "WHERE run_id = (SELECT id FROM collection_runs WHERE dagster_run_id = %s)"
    wanted = {
        "record": "SELECT status, phase, phase_progress, phase_total, error_message, error_details, "
        "credits_used, config FROM collection_runs WHERE dagster_run_id = %s",
        "errors": "SELECT platform, kind, reason, query, product_id, response_status, message "
        f"FROM collection_errors {mine} ORDER BY id",
    }
    return {name: rows(world.database_url, query, run.run_id) for name, query in wanted.items()}


async def api_answers(database_url: str) -> dict[str, Any]:
    """Each request to the REST API → status and document."""
    app, dagster = fake_app(database_url)
    try:
        _fill_database(database_url)
        answers = {}
        async with client_of(app) as stranger:
            answers["no token"] = await stranger.get("/api/collection/runs")
        async with client_of(app, make_token(app, "collection.read")) as reader:
            answers["read only"] = await reader.post("/api/collection/start", json={"job": "collect_sellers"})
        async with client_of(app, make_token(app)) as client:
            for name, (method, path, body) in REQUESTS.items():
                answers[name] = await client.request(method, path, json=body)
            dagster.down = True
            answers["Dagster is down"] = await client.post("/api/collection/start", json=SELLERS)
        return {name: _answer(answer) for name, answer in answers.items()}
    finally:
        app.state.services.close()


def _answer(answer: httpx.Response) -> dict[str, Any]:
    kind = answer.headers.get("content-type", "").partition(";")[0]
    return {"status": answer.status_code, "type": kind, "body": answer.json() if "json" in kind else answer.text}


SELLERS = {"job": "collect_sellers", "config": {"categories": ["home"], "max_products": 3, "job_id": "api"}}
START = "/api/collection/start"
FORECAST = "/api/collection/forecast"
REQUESTS: Mapping[str, tuple[str, str, Any]] = {
    "negative number": ("POST", START, {"job": "collect_sellers", "config": {"max_products": -1}}),
    "number as text": ("POST", START, {"job": "collect_sellers", "config": {"max_products": "3"}}),
    "unknown setting": ("POST", START, {"job": "collect_sellers", "config": {"max_product": 3}}),
    "band upside down": ("POST", START, {"job": "collect_sellers", "config": {"price_low": 2, "price_high": 1}}),
    "path as job id": ("POST", START, {"job": "collect_sellers", "config": {"job_id": "../x"}}),
    "blank query": ("POST", START, {"job": "collect_and_store", "config": {"queries": ["  "]}}),
    "unknown job": ("POST", START, {"job": "collect_everything", "config": {}}),
    "job id of another job": (
        "POST", START, {"job": "collect_and_store", "config": {"queries": ["lamp"], "job_id": "march"}}
    ),
    "a list": ("POST", START, []),
    "budget for the wrong job": ("POST", START, {"job": "collect_and_store", "config": {"max_credits": 5}}),
    "start": ("POST", START, SELLERS),
    "start while one runs": ("POST", START, SELLERS),
    "no query": ("POST", START, {"job": "collect_and_store", "config": {"queries": []}}),
    "forecast of products": ("POST", FORECAST, {"job": "collect_and_store", "config": {"queries": ["lamp"]}}),
    "forecast of sellers": ("POST", FORECAST, {"job": "collect_sellers", "config": {}}),
    "status": ("GET", "/api/collection/status/1", None),
    "status of nothing": ("GET", "/api/collection/status/999", None),
    "status of a word": ("GET", "/api/collection/status/x", None),
    "runs": ("GET", "/api/collection/runs", None),
    "too many runs": ("GET", "/api/collection/runs?limit=100000", None),
    "errors": ("GET", "/api/collection/runs/1/errors", None),
    "stop what has ended": ("POST", "/api/collection/stop/1", None),
    "stop nothing": ("POST", "/api/collection/stop/999", None),
    "resume what is completed": ("POST", "/api/collection/resume/1", None),
    "resume what failed": ("POST", "/api/collection/resume/2", {}),
    "sellers": ("GET", "/api/collection/sellers", None),
    "seller": ("GET", "/api/collection/sellers/1", None),
    "no such seller": ("GET", "/api/collection/sellers/999", None),
    "sellers in an unknown order": ("GET", "/api/collection/sellers?sort=beauty", None),
    "products": ("GET", "/api/collection/products", None),
    "export in an unknown format": ("GET", "/api/collection/sellers/export?format=docx", None),
    "schedule": ("GET", "/api/collection/schedule", None),
    "schedule on day 32": ("PUT", "/api/collection/schedule", {"job": "collect_sellers", "day": 32}),
    "no such path": ("GET", "/api/collection/nothing", None),
    "wrong method": ("DELETE", "/api/collection/runs", None),
}  # fmt: skip


def command_answers(database_url: str, folder: Path, patch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Each command → exit code, what it prints, and its complaint."""
    cli = open_cli(database_url, folder, patch)
    _fill_database(database_url)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    said = {line: _printed(cli(*line.split())) for line in COMMANDS}
    return said | {f"runs: {name}": _printed(cli("runs", DROPSHIP_DATABASE_URL=url)) for name, url in DATABASES.items()}


def _printed(result: Result) -> dict[str, Any]:
    """Lines; but for the one that depends on the day of the month."""
    out, err = (
        [line for line in text.splitlines() if not line.startswith("Its last time has passed")]
        for text in (result.stdout, result.stderr)
    )
    return {"exit code": result.exit_code, "out": out, "err": err}


DATABASES: Mapping[str, str] = {
    "no database": "",
    "not Postgres": "mysql://user:secret@host/db",
    "no answer": "postgresql://user:secret@127.0.0.1:1/nowhere",
}
FILES: Mapping[str, str] = {
    "products.yaml": json.dumps({"ops": {"collection_config": {"config": {"queries": ["lamp"], "top_amz": 3}}}}),
    "sellers.yaml": json.dumps({"ops": {"best_sellers": {"config": {"max_products": 10, "max_credits": 5}}}}),
    "unknown.yaml": json.dumps({"ops": {"best_sellers": {"config": {"max_product": 10}}}}),
    "absurd.yaml": json.dumps({"ops": {"best_sellers": {"config": {"max_products": 10**9}}}}),
    "empty.yaml": "",
    "broken.yaml": "ops: [",
    "both.yaml": json.dumps({"ops": {"best_sellers": {}, "collection_config": {}}}),
}
COMMANDS = (
    "runs", "status 1", "status 2", "status nothing", "stop 1", "stop 3", "resume 1", "resume 3", "resume 4",
    "sellers", "sellers --search nobody", "export sellers --format csv", "export sellers --format docx",
    "forecast -c products.yaml", "forecast -c sellers.yaml", "forecast -c unknown.yaml", "forecast -c absurd.yaml",
    "forecast -c empty.yaml", "forecast -c broken.yaml", "forecast -c both.yaml", "forecast -c missing.yaml",
    "schedule show", "schedule on", "schedule set --day 1 --hour 6 --timezone Mars/Base -c sellers.yaml",
    "schedule set --day 40 --hour 6 --timezone UTC -c sellers.yaml",
    "schedule set --day 1 --hour 6 --timezone UTC -c sellers.yaml", "schedule show",
    "token create ci --permission collection.write", "token create ci --permission collection.read --expires soon",
    "token list", "token revoke 9", "prune --older-than 0d", "prune --older-than soon", "worker amazon", "metrics",
    "env",
)  # fmt: skip


# Four runs, each in another state, and two sellers: by SQL, which a later release has to bear.
_ROWS = """
    INSERT INTO orgs (id) VALUES ('default') ON CONFLICT DO NOTHING;
    INSERT INTO collection_runs (org_id, job_id, job_name, dagster_run_id, status, phase, phase_progress, phase_total,
        products_checked, sellers_found, new_sellers, credits_budget, credits_used, config, error_message,
        error_details, sandbox, started_at, completed_at, created_at)
    VALUES
        ('default', 'march', 'collect_sellers', 'd1', 'completed', 'seller_search', 7, 8, 41, 32, 23, NULL, 99, '{}',
         NULL, NULL, false, TIMES, TIMES, TIMES),
        ('default', 'april', 'collect_sellers', 'd2', 'failed', 'seller_search', 1, 8, 1, 0, 0, 50, 11,
         '{"job_id": "april", "categories": ["lamps"], "pages_per_category": 2, "max_products": 7, "price_low": "0.80",
           "price_high": "1.20", "max_credits": 50, "shorter_search": false}',
         'ScraperAPI is busy', '{"phase": "ebay_search", "api_response": {"status_code": 503, "message": "busy"}}',
         false, TIMES, TIMES, TIMES),
        ('default', 'may', 'collect_and_store', 'd3', 'pending', NULL, 0, 0, 0, 0, 0, NULL, 0, '{}',
         NULL, NULL, false, NULL, NULL, TIMES),
        ('default', 'june', 'collect_sellers', 'd4', 'failed', NULL, 0, 0, 0, 0, 0, NULL, 0, '{}',
         NULL, NULL, true, TIMES, TIMES, TIMES);
    INSERT INTO collection_errors (org_id, run_id, job_id, platform, kind, reason, message, query, product_id,
        response_status, occurred_at)
    VALUES ('default', (SELECT id FROM collection_runs WHERE dagster_run_id = 'd2'), 'april', 'ebay', 'collect',
        'blocked', 'eBay shows a block page', 'a lamp', 'B0SIM00001', 503, TIMES);
    INSERT INTO sellers (org_id, seller_name, seller_name_normalized, feedback_percent, feedback_count, first_seen_at,
        last_seen_at, collection_count, first_job_id)
    VALUES ('default', 'Lamp Store', 'lamp store', 99.1, 4200, TIMES, TIMES, 1, 'march'),
        ('default', 'desk_shop', 'desk_shop', NULL, NULL, TIMES, TIMES, 2, 'march');
"""


def _fill_database(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute(_ROWS.replace("TIMES", "'2026-03-01T12:00:00Z'").encode())
