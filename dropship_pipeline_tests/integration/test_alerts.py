"""The webhook is told of each scheduled run that went wrong: once, signed, without a key, and no run waits for it."""

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, build_sensor_context
from sqlalchemy import select, update

from dropship_pipeline.definitions import build_defs
from dropship_pipeline.errors import BudgetExhausted, KeyRefused, SettingsError
from dropship_pipeline.models import utc_now
from dropship_pipeline.orchestration.resources import StorageResource
from dropship_pipeline.settings import load_settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import alerts
from dropship_pipeline.storage.runs import alerts as outbox
from dropship_pipeline.storage.runs.alerts import AlertOutbox
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.integration.cli_runner import add_run, open_cli
from dropship_pipeline_tests.integration.test_job import FakeMarketplaces
from dropship_pipeline_tests.receivers import Post, Receiver, open_receiver

SECRET = "signs+alerts/0"
HOOK_SECRET = "hook-path-s3cret"
KEY = "k3y-of-rainforest"
BUDGET = str(BudgetExhausted("budget: 90 of 100 credits are spent or reserved, and the next call may cost 20"))


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with open_receiver() as opened:
        yield opened


@pytest.fixture
def settings(database_url: str, receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_cli(database_url, tmp_path, monkeypatch)
    values = {
        **opened.environment,
        "RAINFOREST_API_KEY": KEY,
        "SCRAPERAPI_KEY": "k2",
        "DROPSHIP_ALERT_WEBHOOK": f"{receiver.url}/{HOOK_SECRET}?token={HOOK_SECRET}",
        "DROPSHIP_ALERT_SECRET": SECRET,
        "DROPSHIP_ADMIN_URL": "https://admin.example",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@dataclass
class Ticks:
    """The sensor, as the daemon asks it."""

    database: Database

    def __call__(self) -> str:
        """One look; returns what it says."""
        repository = build_defs().get_repository_def()
        with (
            DagsterInstance.ephemeral() as instance,
            build_sensor_context(instance=instance, resources={"storage": StorageResource()}) as context,
        ):
            data = repository.get_sensor_def("alert_sensor").evaluate_tick(context)
        assert data.skip_message is not None
        return data.skip_message

    def make_due(self) -> None:
        """Let the pause before the next attempt pass."""
        with self.database.begin() as connection:
            connection.execute(update(alerts).values(next_attempt_at=utc_now()))

    @property
    def rows(self) -> list[Any]:
        with self.database.begin() as connection:
            return list(connection.execute(select(alerts).order_by(alerts.c.id)))


@pytest.fixture
def tick(settings: None, database: Database) -> Ticks:
    return Ticks(database)


def add_ended(records: RunRecords, name: str, status: str, message: str | None = None, **columns: Any) -> int:
    values = {
        "status": status, "error_message": message, "completed_at": utc_now(), "is_scheduled": True,
        "scheduled_by": "3:2026-03", **columns,
    }  # fmt: skip
    return add_run(records, name, **values)


def text_of(post: Post) -> str:
    body: Mapping[str, str] = json.loads(post.body)
    assert list(body) == ["text"]
    return body["text"]


def test_each_bad_end_of_a_scheduled_run_is_told_once_and_nothing_else_is(
    tick: Ticks, receiver: Receiver, records: RunRecords
) -> None:
    told = [
        add_ended(records, "failed", "failed", "the key was refused"),
        add_ended(records, "degraded", "degraded", "9 of 10 searches failed"),
        add_ended(records, "budget", "stopped", BUDGET),
    ]
    add_ended(records, "well", "completed")
    add_ended(records, "stopped by a person", "stopped", "the run was asked to stop")
    add_ended(records, "by hand", "failed", is_scheduled=False)
    add_ended(records, "no news", "failed", completed_at=utc_now() - outbox.NEWS_FOR - timedelta(minutes=1))
    add_ended(records, "still works", "running", completed_at=None)
    assert tick() == "alerts sent: 3"
    assert tick() == "Nothing to tell"
    texts = sorted(text_of(post) for post in receiver.posts)
    assert [text.splitlines()[0] for text in texts] == [
        f"*Run {told[0]} failed*",
        f"*Run {told[1]} is degraded: what it did not find says nothing*",
        f"*Run {told[2]} ran out of budget*",
    ]
    assert texts[2].splitlines()[1:] == [
        "collect_sellers of org default, schedule 3, month 2026-03",
        f"Reason: {BUDGET}",
        f"`dropship resume {told[2]} --max-credits N` goes on from there; what was paid for is kept.",
        f"https://admin.example/history/{told[2]}",
    ]
    assert sorted(post.headers["X-Dropship-Event"] for post in receiver.posts) == [
        "run.budget", "run.degraded", "run.failed",
    ]  # fmt: skip


def test_whoever_has_the_secret_can_prove_that_a_message_is_ours_and_new(
    tick: Ticks, receiver: Receiver, records: RunRecords
) -> None:
    add_ended(records, "failed", "failed", "naïve ☂ reason")
    tick()
    [post] = receiver.posts
    signed = post.headers["X-Dropship-Timestamp"].encode() + b"." + post.body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert post.headers["X-Dropship-Signature"] == f"sha256={expected}"
    assert abs(int(post.headers["X-Dropship-Timestamp"]) - utc_now().timestamp()) < 3600
    assert SECRET.encode() not in receiver.everything


def test_without_a_secret_a_message_is_sent_unsigned(
    tick: Ticks, receiver: Receiver, records: RunRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DROPSHIP_ALERT_SECRET")
    add_ended(records, "failed", "failed")
    assert tick() == "alerts sent: 1"
    assert "X-Dropship-Signature" not in receiver.posts[0].headers


def test_a_message_that_was_not_taken_is_sent_again_after_growing_pauses_until_it_is(
    tick: Ticks, receiver: Receiver, records: RunRecords
) -> None:
    run_id = add_ended(records, "failed", "failed")
    receiver.statuses = [500, 429]
    assert tick() == f"the webhook did not take the alert on run {run_id}: HTTP 500, attempt 1"
    assert tick() == "Nothing to tell"
    pauses = [tick.rows[0].next_attempt_at - utc_now()]
    tick.make_due()
    assert "HTTP 429, attempt 2" in tick()
    pauses.append(tick.rows[0].next_attempt_at - utc_now())
    assert timedelta(0) < pauses[0] < timedelta(minutes=1) < pauses[1] < timedelta(minutes=2)
    assert tick.rows[0].last_error == "HTTP 429"
    tick.make_due()
    assert tick() == "alerts sent: 1"
    assert (tick.rows[0].attempts, tick.rows[0].last_error) == (3, None)
    assert len({post.headers["X-Dropship-Delivery"] for post in receiver.posts}) == 1
    assert len({post.body for post in receiver.posts}) == 1


def test_a_message_that_nobody_ever_takes_is_given_up_and_that_is_said(
    tick: Ticks, receiver: Receiver, records: RunRecords
) -> None:
    add_ended(records, "failed", "failed")
    receiver.statuses = [500, 500, 500]
    tick()
    with tick.database.begin() as connection:
        connection.execute(update(alerts).values(attempts=outbox.MAX_ATTEMPTS - 1, next_attempt_at=utc_now()))
    assert tick().endswith(f"attempt {outbox.MAX_ATTEMPTS}, given up")
    tick.make_due()
    assert tick() == "Nothing to tell"
    assert len(receiver.posts) == 2
    assert tick.rows[0].sent_at is None


def test_a_redirect_is_not_followed(tick: Ticks, receiver: Receiver, records: RunRecords) -> None:
    with open_receiver() as elsewhere:
        receiver.statuses, receiver.location = [307], f"{elsewhere.url}/"
        add_ended(records, "failed", "failed")
        assert "HTTP 307" in tick()
        assert elsewhere.posts == []


def test_two_who_send_at_the_same_time_send_one_message(tick: Ticks, receiver: Receiver, records: RunRecords) -> None:
    for number in range(3):
        add_ended(records, f"failed {number}", "failed")
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda _: tick(), range(4)))
    assert sorted(row.run_id for row in tick.rows) == sorted(
        int(text_of(post).split()[1]) for post in receiver.posts
    ), said
    assert [row.attempts for row in tick.rows] == [1, 1, 1]


def test_an_alert_that_was_claimed_is_nobody_elses_but_comes_back_if_its_sender_died(
    tick: Ticks, records: RunRecords, database: Database
) -> None:
    run_id = add_ended(records, "failed", "failed")
    queue = AlertOutbox(database)
    queue.enqueue()
    queue.enqueue()
    claimed = queue.claim()
    assert claimed is not None
    assert queue.claim() is None
    tick.make_due()
    again = queue.claim()
    assert again is not None
    assert (again.alert_id, again.run_id, again.attempts) == (claimed.alert_id, run_id, 2)


def test_a_receiver_that_hangs_neither_holds_the_sensor_nor_a_run(
    tick: Ticks, receiver: Receiver, records: RunRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dropship_pipeline.orchestration.sensors.webhook.DEADLINE_S", 0.3)
    receiver.hangs = True
    for number in range(3):
        add_ended(records, f"failed {number}", "failed")
    monkeypatch.setattr("dropship_pipeline.orchestration.sensors.alerting.LONGEST_TICK_S", 0.5)
    said = tick()
    job = build_defs({"marketplaces": FakeMarketplaces()}).get_job_def("collect_and_store")
    config = {"ops": {"collection_config": {"config": {"queries": ["q1"], "wait_seconds": 0}}}}
    with DagsterInstance.ephemeral() as instance:
        assert job.execute_in_process(run_config=config, instance=instance).success
    assert not receiver.released.is_set()
    assert said.count("no answer (TimeoutError)") == 2
    assert [row.attempts for row in tick.rows] == [1, 1, 0]


def test_nobody_who_reads_along_learns_the_address_of_the_webhook_or_a_key(
    tick: Ticks,
    receiver: Receiver,
    records: RunRecords,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    job = build_defs({"marketplaces": FakeMarketplaces(amazon={"q1": KeyRefused("the key is refused")})}).get_job_def(
        "collect_and_store"
    )
    config = {"ops": {"collection_config": {"config": {"queries": ["q1"], "wait_seconds": 0}}}}
    with DagsterInstance.ephemeral() as instance:
        job.execute_in_process(
            run_config=config, instance=instance, raise_on_error=False, tags={"dropship/schedule": "3:2026-03"}
        )
    receiver.statuses = [500]
    said = [tick()]
    tick.make_due()
    said.append(tick())
    with open_receiver() as gone:
        pass
    monkeypatch.setenv("DROPSHIP_ALERT_WEBHOOK", f"{gone.url}/{HOOK_SECRET}")
    add_ended(records, "another", "failed")
    said.append(tick())
    assert "no answer (ConnectError)" in said[-1]
    assert "alerts sent: 1" in said
    assert KEY.encode() not in receiver.everything
    with database.begin() as connection:
        kept = [str(row) for row in connection.exec_driver_sql("SELECT row_to_json(alerts)::text FROM alerts")]
    written = capfd.readouterr()
    everything = "\n".join([*said, *kept, caplog.text, written.out, written.err])
    assert "the key is refused" in everything
    assert [secret for secret in (HOOK_SECRET, SECRET, KEY) if secret in everything] == []


def test_a_reason_cannot_call_a_whole_channel(tick: Ticks, receiver: Receiver, records: RunRecords) -> None:
    add_ended(records, "failed", "failed", "<!channel> & <https://evil.example|click> " + "x" * 5_000)
    tick()
    text = text_of(receiver.posts[0])
    assert "&lt;!channel&gt; &amp; &lt;https://evil.example|click&gt;" in text
    assert len(text) < 1_000


def test_without_a_webhook_nothing_is_noted_so_that_its_first_message_is_no_old_one(
    tick: Ticks, receiver: Receiver, records: RunRecords, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_ended(records, "failed", "failed")
    address = load_settings().alert_webhook
    assert address is not None
    monkeypatch.delenv("DROPSHIP_ALERT_WEBHOOK")
    assert "DROPSHIP_ALERT_WEBHOOK is not set" in tick()
    assert tick.rows == []
    monkeypatch.setenv("DROPSHIP_ALERT_WEBHOOK", address.get_secret_value())
    assert tick() == "alerts sent: 1"


def test_a_database_that_is_away_is_a_sentence_of_the_sensor(tick: Ticks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROPSHIP_DATABASE_URL", "postgresql://me:hunter2@127.0.0.1:1/nowhere")
    assert "does not answer" in tick()


@pytest.mark.parametrize("address", ["ftp://x/hunter2", "hunter2", "file:///hunter2", "https://", "http://[hunter2/"])
def test_an_address_that_is_none_is_refused_by_its_name_and_not_repeated(
    settings: None, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("DROPSHIP_ALERT_WEBHOOK", address)
    with pytest.raises(SettingsError, match=r"DROPSHIP_ALERT_WEBHOOK.*no http") as raised:
        load_settings()
    assert "hunter2" not in str(raised.value)
