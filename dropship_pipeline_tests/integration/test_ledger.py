"""The ledger: nothing is paid for twice, and every credit is booked."""

from typing import Any

import pytest
from sqlalchemy import select

from dropship_pipeline.errors import SettingsError, StorageUnavailable
from dropship_pipeline.models import ApiAnswer, ApiRequest
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import api_calls
from dropship_pipeline.storage.ledger import JobLedger
from dropship_pipeline_tests.integration.conftest import RawMemory

REQUEST = ApiRequest("rainforest", "/request", {"type": "search", "search_term": "lamp"})
ANSWER = ApiAnswer(200, {"content-type": "application/json"}, b'{"search_results": []}')


@pytest.fixture
def ledger(database: Database, raw: RawMemory) -> JobLedger:
    return JobLedger(database, raw, org_id="default", job_id="job-1")


def row(database: Database) -> Any:
    with database.begin() as connection:
        return connection.execute(select(api_calls)).one()


async def test_the_same_request_of_the_same_job_is_answered_from_the_ledger(ledger: JobLedger) -> None:
    assert await ledger.reserve(REQUEST, 1) is None
    await ledger.settle(REQUEST, ANSWER, credits=3, attempts=1)
    kept = await ledger.reserve(REQUEST, 1)
    assert kept is not None
    assert kept.answer == ANSWER


async def test_another_job_does_not_get_last_months_answer(
    database: Database, raw: RawMemory, ledger: JobLedger
) -> None:
    await ledger.reserve(REQUEST, 1)
    await ledger.settle(REQUEST, ANSWER, credits=1, attempts=1)
    assert await JobLedger(database, raw, org_id="default", job_id="job-2").reserve(REQUEST, 1) is None


async def test_parameters_in_another_order_are_the_same_request(ledger: JobLedger) -> None:
    await ledger.reserve(REQUEST, 1)
    await ledger.settle(REQUEST, ANSWER, credits=1, attempts=1)
    turned = ApiRequest("rainforest", "/request", {"search_term": "lamp", "type": "search"})
    assert await ledger.reserve(turned, 1) is not None


async def test_an_answer_kept_before_the_process_died_is_adopted_with_its_true_cost(
    ledger: JobLedger, database: Database
) -> None:
    await ledger.reserve(REQUEST, 1)
    ledger._keep(ledger._raw_key(REQUEST), ANSWER, 7)  # what `settle` had done when the process died
    kept = await ledger.reserve(REQUEST, 1)
    assert kept is not None
    assert (row(database).state, row(database).credits) == ("settled", 7)


async def test_a_call_in_flight_at_the_kill_is_made_again(ledger: JobLedger) -> None:
    assert await ledger.reserve(REQUEST, 1) is None
    assert await ledger.reserve(REQUEST, 1) is None


async def test_a_failed_call_is_asked_again_and_what_it_cost_stays_booked(
    ledger: JobLedger, database: Database
) -> None:
    await ledger.reserve(REQUEST, 1)
    await ledger.fail(REQUEST, "block page", status=200, credits=5, attempts=1, answer=ANSWER)
    assert await ledger.reserve(REQUEST, 1) is None
    assert await ledger.settle(REQUEST, ANSWER, credits=5, attempts=2) == 5
    assert (row(database).credits, row(database).attempts, row(database).error) == (10, 3, None)


async def test_a_provider_that_names_no_cost_is_booked_at_the_estimate_and_marked(
    ledger: JobLedger, database: Database
) -> None:
    await ledger.reserve(REQUEST, 5)
    assert await ledger.settle(REQUEST, ANSWER, credits=None, attempts=1) == 5
    assert row(database).credits_estimated


async def test_a_bought_answer_that_cannot_be_kept_is_booked_and_ends_the_run(
    ledger: JobLedger, database: Database, raw: RawMemory
) -> None:
    await ledger.reserve(REQUEST, 1)
    raw.broken = True
    with pytest.raises(StorageUnavailable):
        await ledger.settle(REQUEST, ANSWER, credits=2, attempts=1)
    assert (row(database).state, row(database).credits) == ("failed", 2)


async def test_a_failed_answer_that_cannot_be_kept_is_booked_all_the_same(
    ledger: JobLedger, database: Database, raw: RawMemory
) -> None:
    await ledger.reserve(REQUEST, 1)
    raw.broken = True
    with pytest.raises(StorageUnavailable):
        await ledger.fail(REQUEST, "block page", status=200, credits=5, attempts=1, answer=ANSWER)
    assert (row(database).state, row(database).credits, row(database).raw_key) == ("failed", 5, None)


async def test_an_object_store_that_refuses_does_not_hide_what_a_call_has_cost(
    ledger: JobLedger, database: Database, raw: RawMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise SettingsError("the token has expired")

    monkeypatch.setattr(raw, "put", refuse)
    await ledger.reserve(REQUEST, 1)
    with pytest.raises(SettingsError):
        await ledger.settle(REQUEST, ANSWER, credits=2, attempts=1)
    assert (row(database).state, row(database).credits) == ("failed", 2)


async def test_an_answer_that_was_pruned_is_bought_again_rather_than_missing(ledger: JobLedger, raw: RawMemory) -> None:
    await ledger.reserve(REQUEST, 1)
    await ledger.settle(REQUEST, ANSWER, credits=1, attempts=1)
    raw.objects.clear()
    assert await ledger.reserve(REQUEST, 1) is None


async def test_an_answer_that_is_not_text_survives_being_kept(ledger: JobLedger) -> None:
    binary = ApiAnswer(200, {}, b"\xff\xfe\x00")
    await ledger.reserve(REQUEST, 1)
    await ledger.settle(REQUEST, binary, credits=1, attempts=1)
    kept = await ledger.reserve(REQUEST, 1)
    assert kept is not None
    assert kept.answer == binary
