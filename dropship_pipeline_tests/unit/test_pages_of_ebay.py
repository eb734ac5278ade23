"""2,000 described pages, in every generation of markup and every language: each is read as it was described.

The pages come from descriptions of their own, which know neither the parser nor the sandbox marketplace.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from dropship_pipeline.errors import BadAnswer
from dropship_pipeline.marketplaces.ebay.page import parse_search_page
from dropship_pipeline.marketplaces.ebay.sites import ebay_site
from dropship_pipeline.marketplaces.ebay.titles import split_fitment
from dropship_pipeline.models import ApiAnswer, Listing
from dropship_pipeline_tests.pages_of_ebay.comparing import (
    KINDS_OF_NOTICE,
    Read,
    amounts_written,
    bid,
    differing,
    money,
    newness,
    pairs_of,
    read_newness,
    whole_title,
)
from dropship_pipeline_tests.pages_of_ebay.description import (
    GENERATIONS,
    Generation,
    Lack,
    Notice,
    Page,
    Row,
    matches,
)
from dropship_pipeline_tests.pages_of_ebay.drawing import COMBINATIONS, LANGUAGES, draw_page, page_of
from dropship_pipeline_tests.pages_of_ebay.rendering import rendered

PAGES = 2000
SHOWN = 8


@dataclass(frozen=True)
class Reading:
    """A described page and what the parser made of it: a result, or a refusal."""

    page: Page
    result: Read | BadAnswer


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


def _no_complaint(readings: list[Reading], complaints: Callable[[Reading], Iterator[str]]) -> None:
    """Fail with the first few complaints, each with the number of its page, to draw it again."""
    found = [
        f"page {reading.page.number} ({reading.page.language}, {reading.page.view}): {complaint}"
        for reading in readings
        for complaint in complaints(reading)
    ]
    shown = "\n".join(found[:SHOWN])
    assert not found, f"{len(found)} complaints, among them\n{shown}"


def _of_results(complaints: Callable[[Page, Read], Iterator[str]]) -> Callable[[Reading], Iterator[str]]:
    """Complaints about results; that a page was refused is another test's complaint."""

    def of_reading(reading: Reading) -> Iterator[str]:
        if not isinstance(reading.result, BadAnswer):
            yield from complaints(reading.page, reading.result)

    return of_reading


def _nothing_differs(
    readings: list[Reading], wanted: Callable[[Row], object], got: Callable[[Listing], object]
) -> None:
    _no_complaint(readings, _of_results(lambda page, result: differing(pairs_of(page, result), wanted, got)))


def test_the_pages_meet_every_combination(readings: list[Reading]) -> None:
    assert len(readings) >= 2 * len(COMBINATIONS)
    shapes = {(reading.page.generation, reading.page.view, reading.page.placeholder_links) for reading in readings}
    assert len(shapes) == 16


def test_no_page_with_listings_is_refused_or_read_as_nothing(of_one_language: list[Reading]) -> None:
    def complaints(reading: Reading) -> Iterator[str]:
        nothing = isinstance(reading.result, BadAnswer) or not reading.result.products
        if reading.page.listings and nothing:
            yield f"{len(reading.page.listings)} listings were read as {reading.result}"

    _no_complaint(of_one_language, complaints)


def test_a_page_is_read_as_nothing_only_where_nothing_matches(of_one_language: list[Reading]) -> None:
    def complaints(reading: Reading) -> Iterator[str]:
        refused = isinstance(reading.result, BadAnswer)
        if not reading.page.listings and refused is not bool(reading.page.lost):
            yield f"{len(reading.page.lost)} unreadable rows were read as {reading.result}"

    _no_complaint(of_one_language, complaints)


def test_every_row_comes_out_once_and_in_order(of_one_language: list[Reading]) -> None:
    def complaints(page: Page, result: Read) -> Iterator[str]:
        wanted, got = [row.item for row in page.listings], [listing.product_id for listing in result.products]
        if wanted != got:
            yield f"{wanted} were read as {got}"

    _no_complaint(of_one_language, _of_results(complaints))


def test_every_row_that_is_not_taken_is_counted_with_its_reason(of_one_language: list[Reading]) -> None:
    def complaints(page: Page, result: Read) -> Iterator[str]:
        lost = Counter(f"no_{row.lacks}" for row in page.lost)
        if (result.reading.rows, dict(result.reading.skipped)) != (len(matches(page.pieces)), lost):
            yield f"{lost} of {len(matches(page.pieces))} rows were counted as {result.reading}"

    _no_complaint(of_one_language, _of_results(complaints))


def test_a_page_that_loses_more_than_a_fifth_of_its_rows_is_marked(of_one_language: list[Reading]) -> None:
    def complaints(page: Page, result: Read) -> Iterator[str]:
        in_part = 5 * len(page.lost) > len(page.lost) + len(page.listings)
        if result.reading.pages_in_part != in_part:
            yield f"{len(page.lost)} rows lost beside {len(page.listings)}: {result.reading}"

    _no_complaint(of_one_language, _of_results(complaints))


def test_a_page_that_names_no_seller_is_marked(of_one_language: list[Reading]) -> None:
    def complaints(page: Page, result: Read) -> Iterator[str]:
        nameless = bool(page.listings) and not any(row.seller for row in page.listings)
        if result.reading.pages_without_seller != nameless:
            yield f"{result.reading}"

    _no_complaint(of_one_language, _of_results(complaints))


def test_every_notice_is_counted_and_nothing_else_is(of_one_language: list[Reading]) -> None:
    def complaints(page: Page, result: Read) -> Iterator[str]:
        notices = [piece for piece in page.pieces if isinstance(piece, Notice)]
        kinds = [kind for kind, count in result.reading.notices.items() for _ in range(count)]
        known = all(kind in KINDS_OF_NOTICE[piece.meaning] for kind, piece in zip(kinds, notices, strict=False))
        if len(kinds) != len(notices) or not known:
            yield f"{notices} were counted as {kinds}"

    _no_complaint(of_one_language, _of_results(complaints))


def test_the_walk_goes_on_exactly_where_matches_may_follow(of_one_language: list[Reading]) -> None:
    def complaints(page: Page, result: Read) -> Iterator[str]:
        if result.last is not (page.ends_early or not page.another_page):
            yield f"last is {result.last}"

    _no_complaint(of_one_language, _of_results(complaints))


def test_prices_are_exact(of_one_language: list[Reading]) -> None:
    _nothing_differs(of_one_language, money, lambda listing: listing.price)


def test_a_bid_is_no_price_and_is_kept_as_a_bid(of_one_language: list[Reading]) -> None:
    _nothing_differs(of_one_language, bid, lambda listing: listing.bid)


def test_what_was_written_as_a_price_is_kept(of_one_language: list[Reading]) -> None:
    def complaints(page: Page, result: Read) -> Iterator[str]:
        for row, listing in pairs_of(page, result):
            kept = "".join((listing.price_raw or "").split())
            if any("".join(text.split()) not in kept for text in amounts_written(row)):
                yield f"{row.generation} {row.item}: {amounts_written(row)} was kept as {listing.price_raw!r}"

    _no_complaint(of_one_language, _of_results(complaints))


def test_titles_are_whole_and_without_badges(of_one_language: list[Reading]) -> None:
    _nothing_differs(of_one_language, whole_title, lambda listing: listing.title)


def test_titles_are_compared_without_the_fitment(of_one_language: list[Reading]) -> None:
    _nothing_differs(of_one_language, lambda row: row.title, lambda listing: split_fitment(listing.title)[0])


def test_shipping_is_exact(of_one_language: list[Reading]) -> None:
    _nothing_differs(
        of_one_language,
        lambda row: row.shipping.cents if row.shipping else None,
        lambda listing: listing.shipping.cents if listing.shipping else None,
    )


def test_the_condition_is_the_sites_own_line(of_one_language: list[Reading]) -> None:
    def complaints(page: Page, result: Read) -> Iterator[str]:
        stated = (pair for pair in pairs_of(page, result) if pair[0].condition or not pair[0].boast)
        yield from differing(
            stated, lambda row: row.condition.words if row.condition else None, lambda listing: listing.condition
        )

    _no_complaint(of_one_language, _of_results(complaints))


def test_new_and_used_are_told_apart(of_one_language: list[Reading]) -> None:
    _nothing_differs(of_one_language, newness, read_newness)


def test_sellers_are_named(of_one_language: list[Reading]) -> None:
    _nothing_differs(
        of_one_language,
        lambda row: row.seller and (row.seller.name, row.seller.percent, row.seller.count),
        lambda listing: (
            listing.seller and (listing.seller.name, listing.seller.feedback_percent, listing.seller.feedback_count)
        ),
    )


def test_pictures_are_found(of_one_language: list[Reading]) -> None:
    _nothing_differs(of_one_language, lambda row: row.image, lambda listing: listing.image_url)


def test_links_lead_to_the_listing(of_one_language: list[Reading]) -> None:
    def complaints(page: Page, result: Read) -> Iterator[str]:
        for row, listing in pairs_of(page, result):
            if listing.url != f"https://www.ebay.{page.tld}/itm/{row.item}":
                yield f"{row.generation} {row.item}: {listing.url}"

    _no_complaint(of_one_language, _of_results(complaints))


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_page_that_says_it_found_nothing_is_read_as_nothing(code: str) -> None:
    for number, combination in enumerate(COMBINATIONS):
        if combination[-1] == code:
            reading = _read(page_of(number, ()))
            assert not isinstance(reading.result, BadAnswer), (reading.page, str(reading.result))
            assert reading.result.products == []
            assert reading.result.reading.skipped_rows == 0


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
