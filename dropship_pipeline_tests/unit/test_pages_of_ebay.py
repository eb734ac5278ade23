"""2,000 described pages, in every generation of markup and every language: each is read as it was described.

The pages come from descriptions of their own, which know neither the parser nor the sandbox marketplace.
"""

import re
from dataclasses import dataclass, replace

import pytest

from dropship_pipeline.errors import BadAnswer
from dropship_pipeline.marketplaces.ebay.page import parse_search_page
from dropship_pipeline.marketplaces.ebay.sites import ebay_site
from dropship_pipeline.marketplaces.ebay.titles import split_fitment
from dropship_pipeline.models import ApiAnswer
from dropship_pipeline_tests.pages_of_ebay.comparing import (
    Pairs,
    Read,
    amounts_written,
    differing,
    is_only_bid_on,
    money,
    newness,
    pairs_of,
    read_newness,
)
from dropship_pipeline_tests.pages_of_ebay.description import GENERATIONS, Auction, Generation, Lack, Page, Row, matches
from dropship_pipeline_tests.pages_of_ebay.drawing import COMBINATIONS, LANGUAGES, draw_page, page_of
from dropship_pipeline_tests.pages_of_ebay.rendering import rendered

PAGES = 2000
SHOWN = 8


@dataclass(frozen=True)
class Reading:
    """A described page and what the parser made of it: a result, or a refusal."""

    page: Page
    result: Read | BadAnswer

    @property
    def pairs(self) -> Pairs:
        return () if isinstance(self.result, BadAnswer) else pairs_of(self.page, self.result)


def _read(page: Page) -> Reading:
    answer = ApiAnswer(200, {}, rendered(page).encode())
    try:
        return Reading(page, parse_search_page(answer, ebay_site(page.tld)))
    except BadAnswer as refusal:
        return Reading(page, refusal)


@pytest.fixture(scope="module")
def readings() -> list[Reading]:
    return [_read(draw_page(number)) for number in range(PAGES)]


@pytest.fixture(scope="module", params=LANGUAGES)
def of_one_language(request: pytest.FixtureRequest, readings: list[Reading]) -> list[Reading]:
    return [reading for reading in readings if reading.page.language == request.param]


def _none(complaints: list[tuple[Page, str]]) -> None:
    """Fail with the first few complaints, and the number of each page to draw it again."""
    shown = "\n".join(f"page {page.number} ({page.language}, {page.view}): {line}" for page, line in complaints[:SHOWN])
    assert not complaints, f"{len(complaints)} complaints, among them\n{shown}"


def _complaints(readings: list[Reading], wanted: object, got: object) -> list[tuple[Page, str]]:
    assert callable(wanted)
    assert callable(got)
    return [(reading.page, line) for reading in readings for line in differing(reading.pairs, wanted, got)]


def test_the_pages_meet_every_combination(readings: list[Reading]) -> None:
    assert len(readings) >= 2 * len(COMBINATIONS)
    shapes = {(reading.page.generation, reading.page.view, reading.page.placeholder_links) for reading in readings}
    assert len(shapes) == 16


def test_no_page_with_listings_is_refused_or_read_as_nothing(of_one_language: list[Reading]) -> None:
    _none([
        (reading.page, f"{len(reading.page.listings)} listings were read as {reading.result}")
        for reading in of_one_language
        if reading.page.listings and (isinstance(reading.result, BadAnswer) or not reading.result.products)
    ])  # fmt: skip


def test_a_page_is_read_as_nothing_only_where_nothing_matches(of_one_language: list[Reading]) -> None:
    _none([
        (reading.page, f"{len(reading.page.lost)} unreadable rows were read as {reading.result}")
        for reading in of_one_language
        if not reading.page.listings and isinstance(reading.result, BadAnswer) is not bool(reading.page.lost)
    ])  # fmt: skip


def test_every_row_comes_out_once_and_in_order(of_one_language: list[Reading]) -> None:
    _none([
        (reading.page, f"{wanted} were read as {got}")
        for reading in of_one_language
        if not isinstance(reading.result, BadAnswer)
        and (wanted := [row.item for row in reading.page.listings])
        != (got := [listing.product_id for listing in reading.result.products])
    ])  # fmt: skip


def test_every_row_that_is_not_taken_is_counted(of_one_language: list[Reading]) -> None:
    _none([
        (reading.page, f"{len(reading.page.lost)} lost rows were counted as {reading.result.skipped_rows}")
        for reading in of_one_language
        if not isinstance(reading.result, BadAnswer) and reading.result.skipped_rows != len(reading.page.lost)
    ])  # fmt: skip


def test_the_walk_goes_on_exactly_where_matches_may_follow(of_one_language: list[Reading]) -> None:
    _none([
        (reading.page, f"last is {reading.result.last}")
        for reading in of_one_language
        if not isinstance(reading.result, BadAnswer)
        and reading.result.last is not (reading.page.ends_early or not reading.page.another_page)
    ])  # fmt: skip


def test_prices_are_exact(of_one_language: list[Reading]) -> None:
    fixed = [replace(reading, page=_without_bids(reading.page)) for reading in of_one_language]
    _none(_complaints(fixed, money, lambda listing: listing.price))


def _without_bids(page: Page) -> Page:
    return replace(page, pieces=tuple(
        piece for piece in page.pieces if not isinstance(piece, Row) or not is_only_bid_on(piece)
    ))  # fmt: skip


def test_what_was_written_as_a_price_is_kept(of_one_language: list[Reading]) -> None:
    _none([
        (reading.page, f"{row.generation} {row.item}: {amounts_written(row)} was kept as {listing.price_raw!r}")
        for reading in of_one_language
        for row, listing in reading.pairs
        if any(_bare(text) not in _bare(listing.price_raw or "") for text in amounts_written(row))
    ])  # fmt: skip


def _bare(text: str) -> str:
    return "".join(text.split())


def test_a_bid_is_not_a_price_to_buy_at(of_one_language: list[Reading]) -> None:
    _none([
        (reading.page, f"{row.generation} {row.item}: the bid {row.offer.bid} was read as {listing.price}")
        for reading in of_one_language
        for row, listing in reading.pairs
        if isinstance(row.offer, Auction) and is_only_bid_on(row) and listing.price is not None
    ])  # fmt: skip


def test_titles_are_whole_and_without_badges(of_one_language: list[Reading]) -> None:
    def whole(row: Row) -> str:
        return f"{row.title} {row.fitment}" if row.fitment else row.title

    _none(_complaints(of_one_language, whole, lambda listing: listing.title))


def test_titles_are_compared_without_the_fitment(of_one_language: list[Reading]) -> None:
    _none(_complaints(of_one_language, lambda row: row.title, lambda listing: split_fitment(listing.title)[0]))


def test_shipping_is_exact(of_one_language: list[Reading]) -> None:
    _none(_complaints(
        of_one_language,
        lambda row: row.shipping.cents if row.shipping else None,
        lambda listing: listing.shipping.cents if listing.shipping else None,
    ))  # fmt: skip


def test_the_condition_is_the_sites_own_line(of_one_language: list[Reading]) -> None:
    _none(_complaints(
        of_one_language,
        lambda row: row.condition.words if row.condition else None,
        lambda listing: listing.condition,
    ))  # fmt: skip


def test_new_and_used_are_told_apart(of_one_language: list[Reading]) -> None:
    _none(_complaints(of_one_language, newness, read_newness))


def test_sellers_are_named(of_one_language: list[Reading]) -> None:
    _none(_complaints(
        of_one_language,
        lambda row: (row.seller.name, row.seller.percent, row.seller.count) if row.seller else None,
        lambda listing: listing.seller
        and (listing.seller.name, listing.seller.feedback_percent, listing.seller.feedback_count),
    ))  # fmt: skip


def test_pictures_are_found(of_one_language: list[Reading]) -> None:
    _none(_complaints(of_one_language, lambda row: row.image, lambda listing: listing.image_url))


def test_links_lead_to_the_listing(readings: list[Reading]) -> None:
    _none([
        (reading.page, f"{row.generation} {row.item}: {listing.url}")
        for reading in readings
        for row, listing in reading.pairs
        if listing.url != f"https://www.ebay.{reading.page.tld}/itm/{row.item}"
    ])  # fmt: skip


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_page_that_says_it_found_nothing_is_read_as_nothing(code: str) -> None:
    for number, combination in enumerate(COMBINATIONS):
        if combination[-1] == code:
            reading = _read(page_of(number, ()))
            assert not isinstance(reading.result, BadAnswer), (reading.page, str(reading.result))
            assert reading.result.products == []
            assert reading.result.skipped_rows == 0


@pytest.mark.parametrize("lack", ["title", "id"])
def test_a_page_none_of_whose_rows_can_be_read_fails(lack: Lack) -> None:
    for number in range(0, len(COMBINATIONS), 7):
        rows = matches(draw_page(number).pieces)
        broken = tuple(replace(row, lacks=lack, id_attribute=row.id_attribute and lack != "id") for row in rows)
        reading = _read(page_of(number, broken))
        assert not rows or isinstance(reading.result, BadAnswer), (reading.page, reading.result)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_layout_that_nobody_knows_is_named_as_such(generation: Generation) -> None:
    pages = map(draw_page, range(PAGES))
    drawn = next(page for page in pages if page.generation == generation and len(page.listings) > 2)
    page = page_of(drawn.number, tuple(replace(row, id_attribute=True) for row in drawn.listings))
    known = r"\b(s-item|s-card|su-item-card|s-item-card|su-grid|su-card-container|srp-results)"
    html = re.sub(known, r"zz-\1z", rendered(page))
    with pytest.raises(BadAnswer, match=f"unknown layout.*{len(page.listings)}"):
        parse_search_page(ApiAnswer(200, {}, html.encode()), ebay_site(page.tld))
