"""How fast eBay's search pages are read: pages of 60 rows in each generation of markup, beside a plain reading."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser

from dropship_pipeline.marketplaces.ebay.page import parse_search_page
from dropship_pipeline.marketplaces.ebay.sites import ebay_site
from dropship_pipeline.models import ApiAnswer
from dropship_pipeline_tests.bench.pairs import BenchError
from dropship_pipeline_tests.pages_of_ebay.description import GENERATIONS, Generation
from dropship_pipeline_tests.pages_of_ebay.drawing import COMBINATIONS, draw_page, page_of
from dropship_pipeline_tests.pages_of_ebay.rendering import rendered

ROWS = 60
PAGES_A_ROUND = 30


@dataclass(frozen=True, slots=True)
class Reading:
    """One round: pages a second, and how long our reading takes for each second of a plain one."""

    pages_per_s: float
    over_plain: float


def reading_rounds(rounds: int) -> list[Reading]:
    """Read the same pages in turn, with the parser and plainly."""
    answers = [_answer(generation) for generation in GENERATIONS]
    return [_round(answers) for _ in range(rounds)]


def _answer(generation: Generation) -> ApiAnswer:
    """A page in English, in the list view, with real links."""
    number = COMBINATIONS.index((generation, "list", False, None, "en"))
    rows = [row for other in range(number, 40_000, len(COMBINATIONS)) for row in draw_page(other).listings][:ROWS]
    page = page_of(number, tuple(replace(row, id_attribute=True) for row in rows))
    answer = ApiAnswer(200, {}, rendered(page).encode())
    if len(parse_search_page(answer, ebay_site("com")).products) != ROWS:
        raise BenchError(f"not all rows of the page of {generation} were read")
    return answer


def _round(answers: Sequence[ApiAnswer]) -> Reading:
    site = ebay_site("com")
    plain_s = _seconds(lambda answer: _read_plainly(answer.body), answers)
    ours_s = _seconds(lambda answer: parse_search_page(answer, site), answers)
    return Reading(len(answers) * PAGES_A_ROUND / ours_s, ours_s / plain_s)


def _seconds(read: Callable[[ApiAnswer], object], answers: Sequence[ApiAnswer]) -> float:
    began = time.process_time()
    for _ in range(PAGES_A_ROUND):
        for answer in answers:
            read(answer)
    return time.process_time() - began


def _read_plainly(body: bytes) -> list[str]:
    """The least that one can do: parse the page, find the cards, take the text of each."""
    return [card.text() for card in LexborHTMLParser(body).css("[data-listingid]")]
