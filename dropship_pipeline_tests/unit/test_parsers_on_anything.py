"""Whatever a provider sends, a parser gives a page or says `BadAnswer`; money stays whole cents."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropship_pipeline.errors import BadAnswer
from dropship_pipeline.marketplaces.amazon.rainforest import parse_page
from dropship_pipeline.marketplaces.ebay.page import parse_search_page
from dropship_pipeline.marketplaces.ebay.sites import ebay_site
from dropship_pipeline.marketplaces.ebay.structured import parse_structured
from dropship_pipeline.marketplaces.paging import ResultPage
from dropship_pipeline.models import ApiAnswer, Listing, Money, Product
from dropship_pipeline_tests.unit.ebay_pages import FEWER_WORDS, NEXT, ZERO_HEADING, new_card, old_card, page

US = ebay_site("com")

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
ANY_MONEY = ANY_JSON | st.fixed_dictionaries(
    {}, optional={"value": ANY_JSON, "currency": st.just("USD") | ANY_JSON, "raw": ANY_JSON, "from": ANY_JSON}
)
AMAZON_ROW = ANY_JSON | st.fixed_dictionaries(
    {},
    optional={
        "asin": st.just("B0INVENT01") | ANY_JSON,
        "title": st.just("Invented Can") | ANY_JSON,
        "image": ANY_JSON,
        "price": ANY_MONEY,
        "prices": st.lists(ANY_MONEY, max_size=2) | ANY_JSON,
        "rating": ANY_JSON,
        "ratings_total": ANY_JSON,
        "categories": st.lists(ANY_JSON, max_size=2) | ANY_JSON,
    },
)
AMAZON_PAGE = ANY_JSON | st.fixed_dictionaries(
    {"request_info": st.just({"success": True})},
    optional={"search_results": st.lists(AMAZON_ROW, max_size=3) | ANY_JSON, "pagination": ANY_JSON},
)
EBAY_ROW = ANY_JSON | st.fixed_dictionaries(
    {},
    optional={
        "product_title": st.just("Invented Lamp") | ANY_JSON,
        "product_url": st.just("https://www.ebay.com/itm/900000000001") | ANY_JSON,
        "item_price": ANY_MONEY,
        "shipping_cost": ANY_JSON,
        "image": ANY_JSON,
        "condition": ANY_JSON,
        "seller_name": st.just("invented_lamps") | ANY_JSON,
        "seller_rating": ANY_JSON,
        "seller_rating_count": ANY_JSON,
    },
)
EBAY_PAGE = (
    ANY_JSON
    | st.lists(EBAY_ROW, max_size=3)
    | st.fixed_dictionaries(
        {}, optional={"results": st.lists(EBAY_ROW, max_size=3) | ANY_JSON, "items": ANY_JSON, "next_pages": ANY_JSON}
    )
)
SCRAPS = st.sampled_from(
    [
        new_card(), old_card(), FEWER_WORDS, NEXT, ZERO_HEADING, "<ul class=srp-results>", "</ul>", "<li class=s-card>",
        "<li class=s-item>", "<a class=s-item__link href=/itm/900000000001>", "<a href='http://[x/?_ssn=a'>", "<h1>",
        "<div class=s-card__title>", "<span class=s-card__price>", "<div class=s-card__attribute-row>delivery ", "\0",
        "<!--",
    ]
)  # fmt: skip


def _check(result: ResultPage[Product] | ResultPage[Listing]) -> None:
    for product in result.products:
        assert product.product_id
        assert product.title
        for money in (product.price, getattr(product, "shipping", None)):
            assert money is None or (type(money) is Money and type(money.cents) is int and money.cents >= 0)


@given(document=AMAZON_PAGE)
def test_no_json_makes_the_amazon_parser_fail_in_another_way(document: object) -> None:
    answer = ApiAnswer(200, {}, json.dumps(document).encode())
    try:
        _check(parse_page(answer, 1, "amazon.com"))
    except BadAnswer:
        return


@given(document=EBAY_PAGE)
def test_no_json_makes_the_ebay_parser_fail_in_another_way(document: object) -> None:
    try:
        _check(parse_structured(ApiAnswer(200, {}, json.dumps(document).encode()), US))
    except BadAnswer:
        return


@given(body=st.binary(max_size=200))
def test_no_bytes_make_a_json_parser_fail_in_another_way(body: bytes) -> None:
    for parse in (
        lambda answer: parse_page(answer, 1, "amazon.com"),
        lambda answer: parse_structured(answer, US),
    ):
        try:
            _check(parse(ApiAnswer(200, {}, body)))
        except BadAnswer:
            continue


@given(html=st.lists(SCRAPS | st.text(max_size=20), max_size=12).map("".join))
def test_no_html_makes_the_page_parser_fail_in_another_way(html: str) -> None:
    try:
        _check(parse_search_page(ApiAnswer(200, {}, html.encode("utf-8", "surrogatepass")), US))
    except BadAnswer:
        return


@given(cut=st.integers(min_value=0, max_value=5000))
def test_a_page_cut_short_is_read_or_refused(cut: int) -> None:
    html = page(new_card(), old_card("900000000002"))[:cut]
    try:
        _check(parse_search_page(ApiAnswer(200, {}, html.encode()), US))
    except BadAnswer:
        return


@pytest.mark.parametrize("depth", [500, 900, 2000, 100_000])
def test_deep_nesting_is_refused_or_read_but_never_a_recursion_error(depth: int) -> None:
    price = "[" * depth + "]" * depth
    body = f'{{"results": [{{"product_title": "A", "product_url": "/itm/900000000001", "item_price": {price}}}]}}'
    try:
        _check(parse_structured(ApiAnswer(200, {}, body.encode()), US))
    except BadAnswer:
        return
