"""Best sellers: the right list is asked for in the right way, ranks are Amazon's, and no list is lost silently."""

import json
from collections.abc import Sequence

import httpx
import pytest

from dropship_pipeline.errors import BadAnswer, RequestInvalid, SettingsError
from dropship_pipeline.marketplaces.amazon.best_sellers import BestSellers, parse_bestsellers, parse_categories
from dropship_pipeline.marketplaces.base import Category, CategoryRef
from dropship_pipeline.marketplaces.paging import ResultPage
from dropship_pipeline.models import ApiAnswer, Money, Product
from dropship_pipeline_tests.unit.marketplace_fakes import Wire, a_client, json_answer

INFO = {"success": True, "credits_used": 41, "credits_used_this_request": 1, "credits_remaining": 959}
GARDEN = CategoryRef(id="bestsellers_invented-garden", name="Invented Garden")
ELECTRONICS = CategoryRef(id="bestsellers_electronics", name="Electronics")
KITCHEN = CategoryRef(id="bestsellers_kitchen", name="Home & Kitchen")
CATEGORIES = {
    "request_info": INFO,
    "categories": [
        {"id": ref.id, "name": ref.name, "has_children": True, "is_root": True, "path": ref.name, "type": "bestsellers"}
        for ref in (ELECTRONICS, KITCHEN, GARDEN)
    ],
}


def _row(rank: object = 7, asin: object = "B0INVENT01", **changes: object) -> dict[str, object]:
    row = {
        "rank": rank,
        "position": 1,
        "title": "Invented Copper Watering Can, 2 L",
        "asin": asin,
        "link": f"https://www.amazon.com/Invented-Can/dp/{asin}/ref=zg_bs_invented_sccl_1/000-0000000-0000000?psc=1",
        "image": "https://m.media-amazon.com/images/I/71INVENTED1._AC_UL300_SR300,200_.jpg",
        "rating": 4.6,
        "ratings_total": 812,
        "price": {"symbol": "$", "currency": "USD", "value": 24, "raw": "$24.00"},
        "current_category": {"name": "Garden of the Row", "link": "x", "id": "invented-garden"},
    }
    return {name: value for name, value in {**row, **changes}.items() if value is not ...}


def _page(rows: object, **siblings: object) -> dict[str, object]:
    info = {"title": "Best Sellers", "current_category": {"name": "Garden of the List"}, "child_categories": []}
    body = {"request_info": INFO, "bestsellers": rows, "bestsellers_info": info, **siblings}
    return {name: value for name, value in body.items() if value is not ...}


def _only(row: object, **siblings: object) -> Product:
    (product,) = parse_bestsellers(json_answer(_page([row], **siblings)), GARDEN, 1, "amazon.com").products
    return product


async def _ask(
    category: CategoryRef, page: int = 1, domain: str = "amazon.com"
) -> tuple[ResultPage[Product], dict[str, str]]:
    wire = Wire([httpx.Response(200, json=_page([_row()]))])
    async with a_client(wire) as client:
        result = await BestSellers(client, domain).get_bestsellers(category, page)
    (request,) = wire.requests
    assert request.url.path == "/base/request"
    return result, {name: value for name, value in request.url.params.items() if name != "api_key"}


async def _resolve(*wanted: str) -> tuple[list[CategoryRef], Sequence[httpx.Request]]:
    wire = Wire([httpx.Response(200, json=CATEGORIES)])
    async with a_client(wire) as client:
        refs = await BestSellers(client).resolve_categories(wanted)
    return refs, wire.requests


def test_a_full_row_is_read_field_by_field() -> None:
    assert _only(_row()) == Product(
        platform="amazon",
        product_id="B0INVENT01",
        title="Invented Copper Watering Can, 2 L",
        url="https://www.amazon.com/dp/B0INVENT01",
        price=Money(2400, "USD"),
        price_raw="$24.00",
        image_url="https://m.media-amazon.com/images/I/71INVENTED1._AC_UL300_SR300,200_.jpg",
        category="Garden of the List",
        rank=7,
        rating=4.6,
        ratings_total=812,
    )


def test_a_row_without_price_rating_and_image_is_a_product_without_guesses() -> None:
    product = _only(_row(price=..., rating=..., ratings_total=..., image=...))
    assert (product.price, product.rating, product.ratings_total, product.image_url) == (None, None, None, None)
    assert product.rank == 7


def test_ranks_are_amazons_and_not_positions_in_the_page() -> None:
    rows = [None, _row(51), _row("52", "B0INVENT02"), _row(60, "B0INVENT03")]
    page = parse_bestsellers(json_answer(_page(rows)), GARDEN, 2, "amazon.com")
    assert ([product.rank for product in page.products], page.reading.skipped_rows) == ([51, 52, 60], 1)


@pytest.mark.parametrize("rank", [..., None, 0, -1, "first", 1.5])
def test_a_rank_that_is_none_is_not_made_up(rank: object) -> None:
    assert _only(_row(rank)).rank is None


@pytest.mark.parametrize("info", [..., None, {}, {"current_category": {}}, {"current_category": {"name": " "}}])
def test_a_list_without_name_is_called_as_its_rows_say_and_else_as_it_was_asked_for(info: object) -> None:
    assert _only(_row(), bestsellers_info=info).category == "Garden of the Row"
    assert _only(_row(current_category=...), bestsellers_info=info).category == "Invented Garden"


@pytest.mark.parametrize(
    ("rows", "number", "pagination", "last"),
    [
        ([_row()], 1, {"current_page": 1, "total_pages": 2}, False),
        ([_row()], 2, {"current_page": 2, "total_pages": 2}, True),
        ([_row()], 1, {"current_page": 1, "total_pages": "1"}, True),
        ([_row()], 1, ..., False),
        ([_row()], 1, {"total_pages": None}, False),
        ([], 2, {"total_pages": 9}, True),
        ([], 1, ..., True),
    ],
)
def test_the_list_ends_where_the_answer_says_so_or_has_no_rows(
    rows: list[object], number: int, pagination: object, last: bool
) -> None:
    page = parse_bestsellers(json_answer(_page(rows, pagination=pagination)), GARDEN, number, "amazon.com")
    assert page.last is last


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"bestsellers": [_row()]},
        {"request_info": INFO},
        _page(None),
        _page({"0": _row()}),
        _page([None, {}]),
        _page([_row()], request_info={"success": False, "message": "invented"}),
        _page([_row()], request_info={"success": "true"}),
    ],
)
def test_an_answer_that_is_no_list_of_best_sellers_is_a_failure_and_never_a_zero(document: object) -> None:
    with pytest.raises(BadAnswer):
        parse_bestsellers(json_answer(document), GARDEN, 1, "amazon.com")


def test_an_answer_cut_short_is_a_failure() -> None:
    body = json.dumps(_page([_row()])).encode()[:-30]
    with pytest.raises(BadAnswer):
        parse_bestsellers(ApiAnswer(200, {}, body), GARDEN, 1, "amazon.com")


async def test_a_list_named_by_id_is_asked_for_with_the_domain() -> None:
    _, params = await _ask(GARDEN, 2, "amazon.co.uk")
    named = {"category_id": "bestsellers_invented-garden", "amazon_domain": "amazon.co.uk"}
    assert params == {"type": "bestsellers", **named, "page": "2"}


async def test_a_list_named_by_address_is_asked_for_without_domain_which_would_be_refused() -> None:
    url = "https://www.amazon.de/gp/bestsellers/garden"
    result, params = await _ask(CategoryRef(url=url), domain="amazon.com")
    assert params == {"type": "bestsellers", "url": url, "page": "1"}
    assert result.products[0].url == "https://www.amazon.de/dp/B0INVENT01"


async def test_the_categories_are_the_top_level_ones_of_the_domain_asked_with_its_own_parameter_name() -> None:
    wire = Wire([httpx.Response(200, json=CATEGORIES)])
    async with a_client(wire) as client:
        categories = await BestSellers(client, "amazon.de").get_categories()
    params = {name: value for name, value in wire.requests[0].url.params.items() if name != "api_key"}
    assert wire.requests[0].url.path == "/base/categories"
    assert params == {"domain": "amazon.de", "type": "bestsellers"}
    assert categories[0] == Category("bestsellers_electronics", "Electronics")


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"categories": CATEGORIES["categories"]},
        {"request_info": {"success": False}, "categories": CATEGORIES["categories"]},
        {"request_info": INFO},
        {"request_info": INFO, "categories": []},
        {"request_info": INFO, "categories": None},
        {"request_info": INFO, "categories": [{"id": "a", "name": "A"}, {"id": "b"}]},
        {"request_info": INFO, "categories": [{"id": "a", "name": "A"}, {"id": 7, "name": "B"}]},
        {"request_info": INFO, "categories": [{"id": "a", "name": "A"}, "b"]},
    ],
)
def test_a_category_is_never_left_out_silently(document: object) -> None:
    with pytest.raises(BadAnswer):
        parse_categories(json_answer(document))


@pytest.mark.parametrize("wanted", [(), ("",), (" ", "\t")])
async def test_without_a_wish_every_top_level_list_is_meant(wanted: tuple[str, ...]) -> None:
    refs, requests = await _resolve(*wanted)
    assert (refs, len(requests)) == ([ELECTRONICS, KITCHEN, GARDEN], 1)


async def test_ids_and_addresses_cost_no_call_and_are_sent_as_given() -> None:
    url = "https://www.amazon.co.uk/gp/bestsellers/garden?pg=1"
    refs, requests = await _resolve("automotive", "bestsellers_electronics", " 2165154031 ", url)
    assert refs == [
        CategoryRef(id="automotive"),
        CategoryRef(id="bestsellers_electronics"),
        CategoryRef(id="2165154031"),
        CategoryRef(url=url),
    ]
    assert requests == []


async def test_names_are_found_in_any_case_with_one_call_for_all() -> None:
    refs, requests = await _resolve("HOME & kitchen", "2165154031", "Electronics")
    assert (refs, len(requests)) == ([KITCHEN, CategoryRef(id="2165154031"), ELECTRONICS], 1)


async def test_a_list_named_twice_is_paid_for_once() -> None:
    url = "https://www.amazon.com/gp/bestsellers/garden"
    refs, _ = await _resolve("Electronics", "bestsellers_electronics", url, "Electronics ", url)
    assert refs == [ELECTRONICS, CategoryRef(url=url)]


async def test_an_unknown_name_is_answered_with_the_nearest_ones() -> None:
    with pytest.raises(RequestInvalid, match=r"'Electronix'.*'Electronics'"):
        await _resolve("Electronix")


async def test_a_name_that_is_near_nothing_is_answered_with_all() -> None:
    with pytest.raises(RequestInvalid, match="'Electronics', 'Home & Kitchen', 'Invented Garden'"):
        await _resolve("ZZZ ZZZ")


@pytest.mark.parametrize(
    "url",
    [
        "http://www.amazon.com/gp/bestsellers", "https://amazon.example.com/gp/bestsellers", "https://evil.com/amazon.com",
        "https://www.amazon.com.evil.com/gp", "https://www.amazon.com@evil.com/", "https://u:p@www.amazon.com/gp",
        "https://www.amazon.com:8443/gp", "https://www.amazon.com:port/gp", "ftp://www.amazon.com/gp", "https://[x/gp",
    ],
)  # fmt: skip
async def test_an_address_that_is_not_amazons_is_refused_before_anything_is_paid(url: str) -> None:
    with pytest.raises(RequestInvalid):
        await _resolve(url)


def test_a_domain_that_is_not_amazons_is_refused_at_once() -> None:
    with pytest.raises(SettingsError):
        BestSellers(a_client(Wire([])), "amazon.evil.com")
