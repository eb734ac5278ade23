"""How fast eBay's search pages are read: pages of 60 rows in each generation of markup, beside a plain reading."""

import gc
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from selectolax.lexbor import LexborHTMLParser

from dropship_pipeline.marketplaces.ebay.page import parse_search_page
from dropship_pipeline.marketplaces.ebay.sites import ebay_site
from dropship_pipeline.models import ApiAnswer
from dropship_pipeline_tests.bench.pairs import BenchError
from dropship_pipeline_tests.pages_of_ebay.description import GENERATIONS, Generation, Row
from dropship_pipeline_tests.pages_of_ebay.drawing import COMBINATIONS, draw_page, page_of
from dropship_pipeline_tests.pages_of_ebay.rendering import rendered

ROWS = 60
PAGES_A_ROUND = 40
FIELDS = "[class*=title], [class*=price], [class*=subtitle], [class*=seller], [class*=shipping], a[href*='/itm/'], img"
# Version 0.1 dropped rows with longer titles, badge and fitment included: that says nothing of its speed.
LONGEST_TITLE = 80
# What version 0.1 took, which knew the first two generations only, and a fifth more.
MOST_OVER_PLAIN: Mapping[Generation, float] = {"s-item": 1.2 * 3.9, "s-card": 1.2 * 4.5}


@dataclass(frozen=True, slots=True)
class Reading:
    """One round: pages read in a second, and the parser's time for each second of a plain reading."""

    pages_per_s: float
    over_plain: float


def readings_by_generation(rounds: int) -> Mapping[Generation, list[Reading]]:
    """Read one page of each generation, again and again."""
    answers = {generation: _answer(generation) for generation in GENERATIONS}
    gc.freeze()  # else the collector walks through what drew the pages while they are read
    return {generation: [_round(answer) for _ in range(rounds)] for generation, answer in answers.items()}


def _answer(generation: Generation) -> ApiAnswer:
    """A page in English, in the list view, with real links."""
    number = COMBINATIONS.index((generation, "list", False, None, "en"))
    drawn = (row for other in range(number, 40_000, len(COMBINATIONS)) for row in draw_page(other).listings)
    rows = [replace(row, id_attribute=True) for row in drawn if _shown_length(row) <= LONGEST_TITLE][:ROWS]
    page = page_of(number, tuple(rows))
    answer = ApiAnswer(200, {}, rendered(page).encode())
    if len(parse_search_page(answer, ebay_site("com")).products) != ROWS:
        raise BenchError(f"not all rows of the page of {generation} were read")
    return answer


def _shown_length(row: Row) -> int:
    return len(" ".join(filter(None, (row.badge, row.title, row.fitment))))


def _round(answer: ApiAnswer) -> Reading:
    """One reading after the other: in turns, the memory that one frees would be the other's to ask for anew."""
    site = ebay_site("com")
    plain_s = _seconds(lambda: _read_plainly(answer.body))
    ours_s = _seconds(lambda: parse_search_page(answer, site))
    return Reading(PAGES_A_ROUND / ours_s, ours_s / plain_s)


def _seconds(read: Callable[[], object]) -> float:
    """Of CPU time for the pages of a round, since other processes may be at work."""
    began = time.process_time()
    for _ in range(PAGES_A_ROUND):
        read()
    return time.process_time() - began


def _read_plainly(body: bytes) -> list[list[str]]:
    """What one would write at first: parse the page, find the cards, take the text of what is named like a field."""
    cards = LexborHTMLParser(body).css("[data-listingid]")
    return [[" ".join(node.text(separator=" ").split()) for node in card.css(FIELDS)] for card in cards]
