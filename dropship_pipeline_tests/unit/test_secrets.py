"""The API key: sent, and nowhere else. Not in an error, its chain, a log line, a ledger entry or a repr."""

import json
import logging
import traceback
from urllib.parse import quote, quote_plus

import httpx
import pytest
from pydantic import SecretStr

from dropship_pipeline.errors import CollectionError
from dropship_pipeline.marketplaces.fields import json_of
from dropship_pipeline.marketplaces.transport.redaction import Redactor
from dropship_pipeline.models import ApiRequest, Provider
from dropship_pipeline_tests.unit.marketplace_fakes import KEY, MemoryLedger, Wire, a_client

FORMS = (KEY, quote(KEY, safe=""), quote_plus(KEY), quote(quote(KEY, safe=""), safe=""))
REQUEST = ApiRequest("rainforest", "/request", {"type": "search", "search_term": "lamp"})
STATUSES = [200, 204, 301, 400, 401, 402, 403, 404, 410, 418, 429, 499, 500, 502, 503, 504, 599]


def _chain(error: BaseException | None) -> list[BaseException]:
    """Every exception that hangs on `error`, however it hangs there."""
    found: list[BaseException] = []
    pending = [error]
    while pending:
        current = pending.pop()
        if current is not None and current not in found:
            found.append(current)
            pending += [current.__cause__, current.__context__]
    return found


def _written(error: BaseException) -> str:
    parts = [repr(one) + str(one) + repr(vars(one)) for one in _chain(error)]
    return "\n".join([*parts, *traceback.format_exception(error)])


def _echo(status: int) -> httpx.Response:
    """An answer that repeats the address that it was asked at, key and all, in every place it has."""
    said = " ".join(f"api_key={form}" for form in FORMS)
    return httpx.Response(
        status, headers={"sa-final-url": f"http://x/?{said}"}, content=json.dumps({"request_info": {"message": said}})
    )


async def _fail(wire: Wire, provider: Provider, ledger: MemoryLedger) -> CollectionError:
    request = ApiRequest(provider, REQUEST.path, REQUEST.params)
    async with a_client(wire, provider=provider, ledger=ledger) as client:
        assert KEY not in repr(client) + repr(vars(client))
        with pytest.raises(CollectionError) as raised:
            await client.ask(request, json_of)
    return raised.value


@pytest.mark.parametrize("provider", ["rainforest", "scraperapi"])
@pytest.mark.parametrize("status", [status for status in STATUSES if status != 200])
async def test_no_http_status_brings_the_key_into_an_error_a_log_or_the_ledger(
    status: int, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ledger = MemoryLedger()
    error = await _fail(Wire([_echo(status)]), provider, ledger)
    everything = _written(error) + caplog.text + repr(ledger.failed)
    assert not [form for form in FORMS if form in everything]


@pytest.mark.parametrize(
    "problem",
    [
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.ReadTimeout,
        httpx.ReadError,
        httpx.RemoteProtocolError,
        httpx.DecodingError,
    ],
)
async def test_no_network_error_brings_the_key_along_as_its_context(
    problem: type[httpx.RequestError], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ledger = MemoryLedger()
    error = await _fail(Wire([problem(f"http://x/?api_key={KEY}")]), "rainforest", ledger)
    assert not [form for form in FORMS if form in _written(error) + caplog.text + repr(ledger.failed)]
    assert not [one for one in _chain(error) if isinstance(one, httpx.HTTPError)]


async def test_a_good_answer_that_echoes_the_key_is_kept_without_it(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ledger = MemoryLedger()
    async with a_client(Wire([_echo(200)]), ledger=ledger) as client:
        await client.ask(REQUEST, json_of)
    everything = repr(ledger) + caplog.text
    assert "***" in everything
    assert not [form for form in FORMS if form in everything]


async def test_httpx_does_not_log_addresses_even_where_logging_was_turned_up(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="httpx")
    caplog.set_level(logging.DEBUG, logger="httpcore")
    async with a_client(Wire([_echo(200)])) as client:
        await client.ask(REQUEST, json_of)
    assert {record.name for record in caplog.records} == {"dropship_pipeline.marketplaces.transport.client"}


async def test_a_call_logs_nothing_above_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await _fail(Wire([_echo(500)]), "rainforest", MemoryLedger())
    assert {record.levelno for record in caplog.records} == {logging.DEBUG}


def test_a_key_at_the_cut_of_a_long_message_is_not_left_there_in_part() -> None:
    text = Redactor(SecretStr(KEY)).message(("x" * 190 + KEY).encode())
    assert text.endswith("***")


def test_a_placeholder_key_does_not_tear_holes_into_product_titles() -> None:
    body = b'{"title": "Kids sandbox cover"}'
    assert Redactor(SecretStr("sandbox")).body(body, has_products=True) == body


def test_even_a_very_short_key_is_not_kept_where_it_is_named_or_in_an_error() -> None:
    redactor = Redactor(SecretStr("k1"))
    assert (
        redactor.body(b'{"next": "http://x/?api_key=k1&page=2"}', has_products=True)
        == b'{"next": "http://x/?***&page=2"}'
    )
    assert redactor.body(b"k1 is not a valid key", has_products=False) == b"*** is not a valid key"


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"  \n <!doctype html>"])
def test_an_html_page_is_no_message(body: bytes) -> None:
    assert Redactor(SecretStr(KEY)).message(body) == ""


def test_an_empty_key_redacts_nothing() -> None:
    assert Redactor(SecretStr("")).message(b"some words") == "some words"
