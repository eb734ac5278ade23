"""What a real run tells those who watch: nested traces without keys or titles, and figures that the tables bear out."""

import logging
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from prometheus_client.parser import text_string_to_metric_families

from dropship_pipeline.errors import KeyRefused
from dropship_pipeline.orchestration.executors import PRELOADED
from dropship_pipeline.telemetry.tracing import stop
from dropship_pipeline_tests.blackbox.evidence import rows, spellings
from dropship_pipeline_tests.blackbox.goods import (
    AMAZON_KEPT,
    EBAY_KEPT,
    QUERIES,
    TOP_AMZ,
    TOP_EBAY,
    amazon_pages,
    ebay_pages,
    served,
)
from dropship_pipeline_tests.blackbox.runs import (
    RAINFOREST_KEY,
    REPOSITORY,
    SCRAPERAPI_KEY,
    Finished,
    World,
    open_world,
)
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.test_job import FakeMarketplaces, run  # noqa: F401  (a fixture)
from dropship_pipeline_tests.receivers import Receiver, open_receiver

# One page of three holds two rows that are no products: more than a fifth of its rows, so the run says so.
STATE = "degraded"
TITLES = {kept.title for kept in (*AMAZON_KEPT.values(), *EBAY_KEPT.values())}


@dataclass
class Watched:
    """A run, the spans that it sent, and the metrics file that it left."""

    world: World
    run: Finished
    receiver: Receiver
    metrics: Path

    @property
    def spans(self) -> list[Span]:
        return self.receiver.spans

    def paths(self) -> Counter[str]:
        """How often each chain of names comes, from the outermost span to the innermost."""
        named = {span.span_id: span for span in self.spans}
        counted: Counter[str] = Counter()
        for innermost in self.spans:
            span, names = innermost, [innermost.name]
            while span.parent_span_id:
                span = named[span.parent_span_id]
                names.insert(0, span.name)
            counted[" > ".join(names)] += 1
        return counted


@pytest.fixture(scope="module")
def watched(
    stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    with open_world("watched", stack, _migrated_template, folder, cold=True) as world, open_receiver() as receiver:
        for query in QUERIES:
            world.market.scripts["amazon", query] = served(amazon_pages(world.market.url)[query])
            world.market.scripts["ebay", query] = served(ebay_pages(world.market.url)[query])
        metrics = folder / "dropship.prom"
        config = {"queries": QUERIES, "top_amz": TOP_AMZ, "top_ebay": TOP_EBAY, "job_id": "watched"}
        finished = world.execute(
            "watched", config, "collect_and_store",
            OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, DROPSHIP_METRICS_FILE=str(metrics),
        )  # fmt: skip
        assert finished.exit_code == 0, finished.stderr[-3000:]
        yield Watched(world, finished, receiver, metrics)


def attributes(span: Span) -> dict[str, Any]:
    values = {entry.key: entry.value for entry in span.attributes}
    return {key: getattr(value, value.WhichOneof("value") or "") for key, value in values.items()}


def test_every_query_product_and_what_it_took_is_a_span_inside_the_one_of_the_run(watched: Watched) -> None:
    database = watched.world.database_url
    [calls] = rows(database, "SELECT count(*) AS n FROM api_calls")
    [queries] = rows(database, "SELECT count(*) AS n, sum(returned) AS products FROM query_outcomes")
    found = watched.paths()
    assert found["run"] == 1
    assert found["run > query"] == found["run > query > collect"] == queries["n"] == 2 * len(QUERIES)
    assert found["run > query > collect > call"] == calls["n"]
    assert found["run > query > product"] == queries["products"]
    # The watering can answers two queries: the second time it is known, and only its last sight is moved.
    assert found["run > query > product > upsert"] == queries["products"] - 1
    pictures = [seen for seen in watched.world.market.seen if seen.kind == "image" and "moved" not in seen.path]
    assert found["run > query > product > fetch"] == found["run > query > product > put"] == len(pictures)
    assert sum(found.values()) == len(watched.spans)
    assert {path.split(" > ")[0] for path in found} == {"run"}


def test_the_trace_is_found_by_the_id_of_the_dagster_run_and_lasts_as_long(watched: Watched) -> None:
    assert watched.run.run_id is not None
    assert {span.trace_id for span in watched.spans} == {UUID(watched.run.run_id).bytes}
    [root] = [span for span in watched.spans if span.name == "run"]
    [record] = rows(watched.world.database_url, "SELECT id, started_at, completed_at FROM collection_runs")
    assert attributes(root) == {
        "dropship.run": record["id"], "dropship.job": "collect_and_store", "dropship.job_id": "watched",
        "dropship.state": STATE,
    }  # fmt: skip
    lasted = (record["completed_at"] - record["started_at"]).total_seconds()
    assert (root.end_time_unix_nano - root.start_time_unix_nano) / 1e9 == pytest.approx(lasted, abs=0.001)
    assert all(root.start_time_unix_nano <= span.start_time_unix_nano for span in watched.spans)
    assert all(span.end_time_unix_nano <= root.end_time_unix_nano for span in watched.spans)


def test_no_key_and_no_title_and_no_search_term_is_in_any_byte_that_is_sent(watched: Watched) -> None:
    sent = watched.receiver.everything
    assert b"dropship.product_id" in sent
    told = [word for word in (*TITLES, *QUERIES) if word.encode() in sent]
    keys = [form for key in (RAINFOREST_KEY, SCRAPERAPI_KEY) for form in spellings(key) if form in sent]
    assert (told, keys) == ([], [])


def test_the_metrics_file_parses_and_says_what_the_tables_say(watched: Watched) -> None:
    database = watched.world.database_url
    values = {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(watched.metrics.read_text())
        for sample in family.samples
    }
    of_run = (("data", "live"), ("job", "collect_and_store"))
    [record] = rows(
        database,
        "SELECT products_checked, sellers_found, "
        "extract(epoch FROM completed_at - started_at) AS seconds FROM collection_runs",
    )
    seconds = float(record["seconds"])
    assert values["dropship_runs", *of_run, ("state", STATE)] == 1
    assert values["dropship_runs", *of_run, ("state", "failed")] == 0
    assert values["dropship_run_duration_seconds_count", *of_run] == 1
    assert values["dropship_run_duration_seconds_sum", *of_run] == pytest.approx(seconds)
    assert (
        values["dropship_last_run_products", *of_run]
        == record["products_checked"]
        == 2 + len(AMAZON_KEPT) - 1 + len(EBAY_KEPT)
    )
    assert values["dropship_last_run_products_per_second", *of_run] == pytest.approx(
        record["products_checked"] / seconds
    )
    assert values["dropship_last_run_sellers", *of_run] == record["sellers_found"] == 3
    assert ("dropship_last_completed_timestamp_seconds", *of_run) not in values
    for provider, calls, paid in (
        (row["provider"], row["calls"], row["credits"])
        for row in rows(
            database, "SELECT provider, count(*) AS calls, sum(credits) AS credits FROM api_calls GROUP BY provider"
        )
    ):
        told = ("data", "live"), ("provider", provider)
        assert values["dropship_calls", *told, ("state", "settled"), ("status", "200")] == calls
        assert values["dropship_credits", *told] == paid
    assert values["dropship_sellers",] == 3


def test_a_process_that_nobody_watches_does_not_even_load_opentelemetry() -> None:
    asked = (
        "import importlib, sys, dropship_pipeline.telemetry.spans as spans\n"
        f"for name in {PRELOADED}: importlib.import_module(name)\n"
        "with spans.begin('query', details={'query': 'lamp'}, platform='amazon') as span, span.inside():\n"
        "    span.note(stored=1)\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])"
    )
    told = subprocess.run([sys.executable, "-c", asked], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


@pytest.fixture
def tracing(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver that this process sends its traces to, once a run begins."""
    with open_receiver() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{receiver.url}/any/path")
        yield receiver
        receiver.released.set()
        stop()


def test_a_receiver_that_hangs_neither_holds_nor_fails_a_run_and_is_complained_of_once(
    run: Any,  # noqa: F811
    tracing: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tracing.hangs = True
    monkeypatch.setattr("dropship_pipeline.telemetry.otlp.SEND_TIMEOUT_S", 0.2)
    with caplog.at_level(logging.DEBUG, "dropship_pipeline.telemetry"):
        assert run(FakeMarketplaces()).success
        assert run(FakeMarketplaces(), job_id="again").success
    assert not tracing.released.is_set()
    stop()
    complaints = [record for record in caplog.records if "opentelemetry" in record.name or "Traces" in record.message]
    assert [record.getMessage() for record in complaints] == [
        f"Traces do not reach 127.0.0.1:{tracing.port}; the run goes on without them"
    ]


def test_at_debug_level_titles_and_search_terms_are_told(
    run: Any,  # noqa: F811
    tracing: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_LOG_LEVEL", "debug")
    assert run(FakeMarketplaces()).success
    told = {span.name: attributes(span) for span in tracing.spans}
    assert {post.path for post in tracing.posts} == {"/any/path"}
    assert told["query"]["dropship.query"] in ("q1", "q2")
    assert told["product"]["dropship.title"] == "T"


def test_what_failed_says_with_which_kind_of_error_and_the_run_is_still_one_span(
    run: Any,  # noqa: F811
    tracing: Receiver,
) -> None:
    assert not run(FakeMarketplaces(amazon={"q1": KeyRefused("a message that may name goods")})).success
    failed = [span for span in tracing.spans if span.status.code == Status.STATUS_CODE_ERROR]
    kinds = {span.name: attributes(span).get("dropship.error") for span in failed}
    assert kinds == {"collect": "key_refused", "query": "key_refused", "run": None}
    assert len(failed) == len(kinds)
    assert b"may name goods" not in tracing.everything


def test_traces_that_cannot_be_sent_because_the_extra_is_missing_are_a_sentence_and_the_run_goes_on(
    run: Any,  # noqa: F811
    tracing: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delitem(sys.modules, "dropship_pipeline.telemetry.otlp", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    assert run(FakeMarketplaces()).success
    assert "pip install 'dropship-pipeline[telemetry]'" in capfd.readouterr().err
    assert tracing.posts == []


def test_an_endpoint_that_is_none_is_named_by_its_setting_and_never_repeated(
    run: Any,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "user:hunter2@collector")
    assert run(FakeMarketplaces()).success
    said = capfd.readouterr().err
    assert "OTEL_EXPORTER_OTLP_ENDPOINT is no http(s) address" in said
    assert "hunter2" not in said
