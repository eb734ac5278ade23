"""Amazon's search answers: every product once, to the cent; a broken answer is never "nothing found"."""

import json
from collections.abc import Sequence

import httpx
import pytest

from dropship_pipeline.errors import AmazonApiError, BadAnswer, SettingsError
from dropship_pipeline.marketplaces.amazon.rainforest import RainforestCollector, parse_page
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.models import ApiAnswer, Money, Product
from dropship_pipeline_tests.unit.marketplace_fakes import MemoryLedger, Wire, a_client, json_answer
from dropship_pipeline_tests.unit.rainforest_rows import IMAGE, INFO, only, search_answer, search_row


def _asins(first: int, last: int) -> list[dict[str, object]]:
    return [search_row(f"B{number:09d}") for number in range(first, last + 1)]


async def _collect(
    pages: Sequence[object], top_k: int, ledger: MemoryLedger | None = None
) -> tuple[list[Product], Wire, CallMeter]:
    wire = Wire([httpx.Response(200, json=page) for page in pages])
    async with a_client(wire, ledger=ledger) as client:
        products = await RainforestCollector(client).collect_products("watering can", top_k)
    return products, wire, client.meter


def test_a_full_row_is_read_field_by_field() -> None:
    product = only(search_row())
    assert (product.platform, product.product_id) == ("amazon", "B0INVENT01")
    assert product.title == "Invented Copper Watering Can, 2 L"
    assert product.url == "https://www.amazon.com/dp/B0INVENT01"
    assert (product.price, product.price_raw) == (Money(2450, "USD"), "$24.50")
    assert (product.image_url, product.category) == (IMAGE, "All Departments")
    assert (product.rating, product.ratings_total) == (4.6, 812)


def test_a_row_with_nothing_but_asin_and_title_is_a_product_without_guesses() -> None:
    product = only({"asin": "B0INVENT01", "title": "Invented Can"})
    assert (product.price, product.price_raw, product.image_url, product.category) == (None, None, None, None)
    assert (product.rating, product.ratings_total) == (None, None)


def test_the_link_follows_the_amazon_site() -> None:
    answer = json_answer(search_answer([search_row()]))
    (product,) = parse_page(answer, 1, "amazon.co.uk").products
    assert product.url == "https://www.amazon.co.uk/dp/B0INVENT01"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("//m.media-amazon.com/I/71.jpg", "https://m.media-amazon.com/I/71.jpg"),
        ("https://m.media-amazon.com/a b.jpg", "https://m.media-amazon.com/a%20b.jpg"),
        (" https://m.media-amazon.com/a.jpg\n", "https://m.media-amazon.com/a.jpg"),
        ("https://m.media-amazon.com/I/Stuhl grün.jpg", "https://m.media-amazon.com/I/Stuhl%20grün.jpg"),
        ("https:\\\\m.media-amazon.com\\a.jpg", "https://m.media-amazon.com/a.jpg"),
    ],
)
def test_an_image_address_that_a_browser_understands_is_mended(written: str, meant: str) -> None:
    assert only(search_row(image=written)).image_url == meant


@pytest.mark.parametrize(
    "image",
    [
        ...,
        None,
        "",
        42,
        "data:image/gif;base64,R0lGOD",
        "ftp://m.media-amazon.com/images/I/71.jpg",
        "https:///images/I/71.jpg",
        "https://[broken/71.jpg",
        "https://images-na.ssl-images-amazon.com/images/G/01/x-locale/common/grey-pixel.gif",
    ],
)
def test_a_placeholder_or_unusable_image_is_no_image(image: object) -> None:
    assert only(search_row(image=image)).image_url is None


@pytest.mark.parametrize(
    "row",
    [
        None,
        "B0INVENT01",
        [],
        search_row(asin=...),
        search_row(asin="b0invent01"),
        search_row(asin="B0INVENT012"),
        search_row(asin=1234567890),
        search_row(title=...),
        search_row(title=" \t "),
        search_row(title=["Invented"]),
    ],
)
def test_a_row_that_cannot_be_a_product_is_counted_and_skipped(row: object) -> None:
    page = parse_page(json_answer(search_answer([row, search_row()])), 1, "amazon.com")
    assert (len(page.products), page.reading.skipped_rows) == (1, 1)


def test_characters_that_a_database_refuses_are_taken_out_of_titles() -> None:
    assert only(search_row(title="Invented\u0000 Can \ud800")).title == "Invented Can"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Robot check</html>",
        json.dumps(search_answer([search_row()])).encode()[:-40],
        b"[]",
        b"null",
        b'"text"',
        b"[" * 100_000,
        b'{"search_results": [1e99999999999999999999]}',
        b'{"search_results": [' + b"1" * 5000 + b"]}",
        b"\xff\xfe\x00",
        json.dumps({"search_results": [search_row()]}).encode(),
        json.dumps({"request_info": [], "search_results": [search_row()]}).encode(),
        json.dumps({"request_info": INFO}).encode(),
        json.dumps(search_answer({"0": search_row()})).encode(),
        json.dumps(search_answer(None)).encode(),
        json.dumps(search_answer([None, {}])).encode(),
        json.dumps({**search_answer([]), "request_info": {"success": False, "message": "invented"}}).encode(),
        json.dumps({**search_answer([]), "request_info": {"success": "true"}}).encode(),
    ],
)
def test_an_answer_that_is_not_what_was_asked_for_is_a_failure_and_never_a_zero(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        parse_page(ApiAnswer(200, {}, body), 1, "amazon.com")


def test_a_failure_with_status_200_is_told_in_the_providers_words() -> None:
    document = {"request_info": {"success": False, "message": "invented: allowance used up"}}
    with pytest.raises(BadAnswer, match="invented: allowance used up"):
        parse_page(json_answer(document), 1, "amazon.com")


async def test_one_page_is_enough_when_it_has_top_k() -> None:
    products, wire, meter = await _collect([search_answer(_asins(1, 16))], 5)
    assert [product.product_id for product in products] == [f"B{number:09d}" for number in range(1, 6)]
    assert [product.rank for product in products] == [1, 2, 3, 4, 5]
    assert (len(wire.requests), meter.credits) == (1, 1)


async def test_the_request_asks_for_the_search_term_on_the_right_site() -> None:
    _, wire, _ = await _collect([search_answer([])], 5)
    params = dict(wire.requests[0].url.params)
    del params["api_key"]
    assert params == {
        "type": "search", "search_term": "watering can", "amazon_domain": "amazon.com", "page": "1"
    }  # fmt: skip


async def test_pages_are_walked_until_top_k_distinct_products_are_there() -> None:
    pages = [search_answer(_asins(1, 10)), search_answer(_asins(8, 17)), search_answer(_asins(18, 27))]
    products, wire, _ = await _collect(pages, 20)
    assert len({product.product_id for product in products}) == len(products) == 20
    assert [request.url.params["page"] for request in wire.requests] == ["1", "2", "3"]


async def test_a_sponsored_and_an_organic_row_of_one_product_are_one_product() -> None:
    rows = [search_row(sponsored=True), search_row("B0INVENT02"), search_row(sponsored=False)]
    products, _, meter = await _collect([search_answer(rows), search_answer([])], 10)
    assert [product.product_id for product in products] == ["B0INVENT01", "B0INVENT02"]
    assert meter.reading.skipped_rows == 0


@pytest.mark.parametrize(
    ("pages", "calls"),
    [
        ([search_answer([])], 1),
        ([search_answer(_asins(1, 3)), search_answer([])], 2),
        ([search_answer(_asins(1, 3), pagination={"current_page": 1, "total_pages": 1})], 1),
        (
            [
                search_answer(_asins(1, 3), pagination={"total_pages": "2"}),
                search_answer(_asins(4, 6), pagination={"total_pages": "2"}),
            ],
            2,
        ),
        ([search_answer(_asins(1, 3)), search_answer(_asins(1, 3))], 2),
        ([search_answer(_asins(1, 3), pagination={"total_pages": None}), search_answer([])], 2),
    ],
)
async def test_the_end_of_the_list_ends_the_walk_without_one_more_paid_call(pages: list[object], calls: int) -> None:
    _, wire, _ = await _collect(pages, 100)
    assert len(wire.requests) == calls


async def test_a_list_without_end_is_left_after_a_bounded_number_of_pages() -> None:
    pages = [search_answer(_asins(page * 10, page * 10 + 9)) for page in range(1, 80)]
    _, wire, _ = await _collect(pages, 10_000)
    assert len(wire.requests) == 50


@pytest.mark.parametrize("top_k", [0, -1])
async def test_top_k_of_zero_pays_for_nothing(top_k: int) -> None:
    products, wire, _ = await _collect([search_answer(_asins(1, 3))], top_k)
    assert (products, wire.requests) == ([], [])


async def test_a_blank_query_pays_for_nothing() -> None:
    wire = Wire([httpx.Response(200, json=search_answer([]))])
    async with a_client(wire) as client:
        with pytest.raises(AmazonApiError, match="blank"):
            await RainforestCollector(client).collect_products(" \t", 5)
    assert wire.requests == []


async def test_a_failing_second_page_fails_the_query_and_a_second_attempt_pays_only_for_it() -> None:
    ledger = MemoryLedger()
    with pytest.raises(AmazonApiError) as raised:
        await _collect([search_answer(_asins(1, 3)), {"request_info": INFO}], 5, ledger)
    assert (raised.value.kind, raised.value.status) == ("bad_answer", 200)
    products, wire, meter = await _collect([search_answer(_asins(4, 6))], 5, ledger)
    assert [request.url.params["page"] for request in wire.requests] == ["2"]
    assert (len(products), meter.replayed) == (5, 1)


async def test_one_query_never_has_two_requests_open_at_once() -> None:
    open_now = most = 0

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        number = int(request.url.params["page"])
        open_now -= 1
        return httpx.Response(200, json=search_answer(_asins(number * 10, number * 10 + 9)))

    async with a_client(answer) as client:
        await RainforestCollector(client).collect_products("can", 50)
    assert most == 1


@pytest.mark.parametrize("domain", ["amazon", "evil.com", "amazon.com/x", "www.amazon.com", ""])
def test_a_domain_that_is_not_amazons_is_refused_at_once(domain: str) -> None:
    with pytest.raises(SettingsError):
        RainforestCollector(a_client(Wire([])), domain)
