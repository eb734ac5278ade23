"""One paid call: booked once, kept, and never paid for twice, whatever it meets."""

import asyncio
import json

import httpx
import pytest
from pydantic import SecretStr

from dropship_pipeline.errors import (
    BadAnswer,
    KeyRefused,
    MarketplaceError,
    ObjectStoreAway,
    OutOfCredits,
    RequestRefused,
    RunFatal,
    StorageUnavailable,
)
from dropship_pipeline.marketplaces.fields import json_of
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.marketplaces.transport.client import PaidClient
from dropship_pipeline.marketplaces.transport.pace import Pace
from dropship_pipeline.models import ApiAnswer, ApiRequest, KeptAnswer, Provider
from dropship_pipeline_tests.unit.marketplace_fakes import FakeClock, MemoryLedger, Wire, a_client

RAINFOREST = ApiRequest("rainforest", "/request", {"type": "search", "search_term": "lamp & shade", "page": "1"})
SCRAPERAPI = ApiRequest("scraperapi", "/", {"url": "https://www.ebay.com/sch/i.html?_nkw=a+b&_pgn=1"})
GOOD = {"request_info": {"success": True, "credits_used": 900, "credits_used_this_request": 2}}


def _reply(status: int = 200, document: object = GOOD, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, headers=headers, content=json.dumps(document))


def _refuse(answer: ApiAnswer) -> object:
    raise BadAnswer("a page without results", status=answer.status)


async def _failure_of(wire: Wire, provider: Provider = "rainforest") -> tuple[Exception, FakeClock, MemoryLedger]:
    clock, ledger = FakeClock(), MemoryLedger()
    request = SCRAPERAPI if provider == "scraperapi" else RAINFOREST
    async with a_client(wire, ledger=ledger, clock=clock, provider=provider) as client:
        with pytest.raises((MarketplaceError, RunFatal)) as raised:
            await client.ask(request, json_of)
    return raised.value, clock, ledger


async def test_the_request_reaches_the_provider_with_its_key_and_nothing_lost() -> None:
    wire = Wire([_reply()])
    async with a_client(wire, key="secret-key-1") as client:
        await client.ask(RAINFOREST, json_of)
    assert wire.requests[0].url.path == "/base/request"
    assert dict(wire.requests[0].url.params) == {**RAINFOREST.params, "api_key": "secret-key-1"}


async def test_an_address_inside_a_parameter_arrives_unchanged() -> None:
    wire = Wire([_reply()])
    async with a_client(wire, provider="scraperapi") as client:
        await client.ask(SCRAPERAPI, json_of)
    assert wire.requests[0].url.params["url"] == SCRAPERAPI.params["url"]


async def test_a_good_call_is_reserved_settled_and_metered_with_the_credits_of_this_request() -> None:
    ledger = MemoryLedger()
    async with a_client(Wire([_reply()]), ledger=ledger) as client:
        await client.ask(RAINFOREST, json_of)
    assert ledger.reserved == [(RAINFOREST, 1)]
    assert ledger.settled == [(RAINFOREST, 2, 1)]
    assert (client.meter.calls, client.meter.replayed, client.meter.credits) == (1, 0, 2)


@pytest.mark.parametrize(
    ("headers", "stated", "booked"),
    [({"sa-credit-cost": "10"}, 10, 10), ({}, None, 5), ({"sa-credit-cost": "?"}, None, 5)],
)
async def test_scraperapi_credits_come_from_the_header_or_are_estimated(
    headers: dict[str, str], stated: int | None, booked: int
) -> None:
    ledger = MemoryLedger()
    async with a_client(Wire([_reply(headers=headers)]), provider="scraperapi", ledger=ledger) as client:
        await client.ask(SCRAPERAPI, json_of)
    assert ledger.settled == [(SCRAPERAPI, stated, 1)]
    assert client.meter.credits == booked


async def test_a_kept_answer_is_parsed_again_without_any_http_request() -> None:
    wire = Wire([_reply()])
    kept = KeptAnswer(ApiAnswer(200, {}, b'{"kept": true}'))
    ledger = MemoryLedger(kept={RAINFOREST.fingerprint: kept})
    async with a_client(wire, ledger=ledger) as client:
        assert await client.ask(RAINFOREST, json_of) == {"kept": True}
    assert wire.requests == []
    assert (client.meter.calls, client.meter.replayed, client.meter.credits) == (0, 1, 0)


async def test_an_answer_that_cannot_be_parsed_is_booked_as_failed_and_not_asked_for_again() -> None:
    wire, ledger = Wire([_reply()]), MemoryLedger()
    async with a_client(wire, ledger=ledger) as client:
        with pytest.raises(BadAnswer):
            await client.ask(RAINFOREST, _refuse)
    (failed,) = ledger.failed
    assert (failed.status, failed.credits, failed.attempts) == (200, 2, 1)
    assert failed.answer is not None
    assert json.loads(failed.answer.body) == GOOD
    assert (len(wire.requests), ledger.settled, client.meter.credits) == (1, [], 2)


@pytest.mark.parametrize(
    ("provider", "status", "headers", "kind", "credits"),
    [
        ("rainforest", 400, {}, RequestRefused, 0),
        ("rainforest", 401, {}, KeyRefused, 0),
        ("rainforest", 402, {}, OutOfCredits, 0),
        ("rainforest", 403, {}, BadAnswer, 0),
        ("rainforest", 404, {}, RequestRefused, 0),
        ("rainforest", 301, {}, BadAnswer, 0),
        ("rainforest", 204, {}, BadAnswer, 0),
        ("scraperapi", 400, {}, RequestRefused, 0),
        ("scraperapi", 401, {}, KeyRefused, 0),
        ("scraperapi", 403, {}, OutOfCredits, 0),
        ("scraperapi", 403, {"sa-statuscode": "403"}, BadAnswer, 0),
        ("scraperapi", 404, {}, RequestRefused, 5),
        ("scraperapi", 404, {"sa-credit-cost": "1"}, RequestRefused, 1),
        ("scraperapi", 410, {}, RequestRefused, 0),
    ],
)
async def test_every_other_status_fails_at_once_with_its_verdict(
    provider: Provider, status: int, headers: dict[str, str], kind: type[Exception], credits: int
) -> None:
    wire = Wire([httpx.Response(status, headers=headers, text="the provider's words")])
    error, clock, ledger = await _failure_of(wire, provider=provider)
    assert type(error) is kind
    assert "the provider's words" in str(error)
    assert (len(wire.requests), clock.sleeps) == (1, [])
    assert (ledger.failed[0].status, ledger.failed[0].credits) == (status, credits)


async def test_the_providers_own_sentence_is_quoted_shortened() -> None:
    wire = Wire([_reply(402, {"request_info": {"success": False, "message": "used up " * 100}})])
    error, _, _ = await _failure_of(wire)
    assert "HTTP 402: used up used up" in str(error)
    assert len(str(error)) < 300


async def test_a_query_that_is_too_long_for_an_address_fails_alone() -> None:
    request = ApiRequest("rainforest", "/request", {"search_term": "ü" * 70_000})
    ledger = MemoryLedger()
    async with a_client(Wire([_reply()]), ledger=ledger) as client:
        with pytest.raises(RequestRefused):
            await client.ask(request, json_of)
    assert len(ledger.failed) == 1


async def test_an_endless_body_is_cut_off_and_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dropship_pipeline.marketplaces.transport.client.LARGEST_BODY_BYTES", 1000)
    error, _, ledger = await _failure_of(Wire([httpx.Response(200, content=b" " * 1001)]))
    assert isinstance(error, BadAnswer)
    assert ledger.failed[0].credits == 1


async def test_a_cancelled_call_leaves_its_reservation_and_books_nothing() -> None:
    started, ledger = asyncio.Event(), MemoryLedger()

    async def hang(_request: httpx.Request) -> httpx.Response:
        started.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with a_client(hang, ledger=ledger) as client:
        task = asyncio.create_task(client.ask(RAINFOREST, json_of))
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (len(ledger.reserved), ledger.settled, ledger.failed) == (1, [], [])


async def test_the_read_timeout_leaves_slow_providers_time_to_answer() -> None:
    async with a_client(Wire([_reply()])) as client:
        assert (client._http.timeout.connect, client._http.timeout.read) == (10, 90)


async def test_a_cancelled_call_that_is_on_the_wire_is_kept_when_its_answer_still_comes() -> None:
    on_the_wire = asyncio.Event()

    async def slow(request: httpx.Request) -> httpx.Response:
        on_the_wire.set()
        await asyncio.sleep(0.1)
        return httpx.Response(200, json={"request_info": {"credits_used_this_request": 1}})

    ledger = MemoryLedger()
    client = PaidClient(
        "rainforest", "http://market.example", SecretStr("long-secret-key"), ledger=ledger, meter=CallMeter(),
        pace=Pace(6_000, 1), transport=httpx.MockTransport(slow),
    )  # fmt: skip
    async with client:
        request = ApiRequest("rainforest", "/request", {"type": "search"})
        asking = asyncio.create_task(client.ask(request, lambda answer: answer.body))
        await on_the_wire.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
    assert [settled for settled, _, _ in ledger.settled] == [request]


async def test_equal_requests_that_are_open_at_once_are_paid_for_once() -> None:
    paid = 0

    async def slow(request: httpx.Request) -> httpx.Response:
        nonlocal paid
        paid += 1
        await asyncio.sleep(0.05)
        return httpx.Response(200, json={"request_info": {"credits_used_this_request": 1}})

    client = PaidClient(
        "rainforest", "http://market.example", SecretStr("long-secret-key"), ledger=MemoryLedger(), meter=CallMeter(),
        pace=Pace(6_000, 5), transport=httpx.MockTransport(slow),
    )  # fmt: skip
    async with client:
        request = ApiRequest("rainforest", "/request", {"type": "search"})
        answers = await asyncio.gather(*[client.ask(request, lambda answer: answer.body) for _ in range(5)])
    assert paid == 1
    assert len(set(answers)) == 1


async def test_an_answer_that_cannot_be_kept_is_the_last_that_is_bought() -> None:
    requests = [ApiRequest("rainforest", "/request", {"page": str(number)}) for number in range(12)]
    wire, ledger = Wire([_reply()]), MemoryLedger(lost=ObjectStoreAway("the store is away"))
    async with a_client(wire, ledger=ledger) as client:
        asked = await asyncio.gather(*[client.ask(each, json_of) for each in requests], return_exceptions=True)
    assert all(isinstance(error, StorageUnavailable) for error in asked)
    assert {str(error) for error in asked} == {"the store is away"}
    assert len(wire.requests) <= 5  # that may be open at once
    assert [failure.credits for failure in ledger.failed] == [0] * (len(requests) - len(wire.requests))
