"""Best sellers and the offers planted behind them: what is served, beside what must be kept of it."""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from dropship_pipeline_tests.blackbox.cards import newer, older, seller_line
from dropship_pipeline_tests.blackbox.goods import price
from dropship_pipeline_tests.blackbox.market import Answer, Market, Seen
from dropship_pipeline_tests.blackbox.runs import RAINFOREST_KEY, SCRAPERAPI_KEY
from dropship_pipeline_tests.blackbox.wire import (
    block_page,
    empty_search_page,
    rainforest_list,
    search_page,
    structured,
)

# Each product's title holds its own token, so that its search is recognised however the title was cut.
_TOKEN = re.compile(r"SIMTOK([0-9]{3})")
UNPRICED = 7
CENTS = (2499, 1, 3, 100, 14_999, 333, 99_999, 4)
# Forty products over three lists that overlap.
CATEGORIES: Mapping[str, Sequence[int]] = {
    "sim-kitchen": range(1, 21),
    "sim-garden": [*range(15, 33), 3],
    "sim-toys": [*range(28, 41), 15, 16],
}
SELLERS = 12


@dataclass(frozen=True)
class Best:
    """A best-selling product."""

    number: int

    @property
    def asin(self) -> str:
        return f"B0SIM{self.number:05}"

    @property
    def title(self) -> str:
        return f"Simulated Brass Lamp SIMTOK{self.number:03} for Desks"

    @property
    def cents(self) -> int | None:
        return None if self.number == UNPRICED else CENTS[self.number % len(CENTS)]

    @property
    def band(self) -> tuple[int, int] | None:
        """80 and 120 per cent in cents, rounded half up."""
        cents = self.cents
        return None if cents is None else ((cents * 8 + 5) // 10, (cents * 12 + 5) // 10)

    @property
    def categories(self) -> list[str]:
        return [name for name, numbers in CATEGORIES.items() if self.number in numbers]


@dataclass(frozen=True)
class Offer:
    """A listing as it is served. `unverified` is None where it must not be kept; `seller` is the one it counts for."""

    item: int
    written: str
    cents: int | None
    seller: str | None
    spelled: str
    unverified: tuple[str, ...] | None
    condition: str = "Brand New"
    shipping: str | None = "Free delivery"


BESTS: Mapping[int, Best] = {number: Best(number) for number in range(1, 41)}


def seller(number: int) -> str:
    return f"sim store {number % SELLERS:02}"


PLANTED = frozenset(map(seller, range(SELLERS)))


def spellings(name: str) -> Sequence[str]:
    """The ways in which one seller's name is written."""
    wide = "".join(chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter for letter in name.title())
    return [name, name.upper(), name.title().replace(" ", "  "), name.replace(" ", "\N{NO-BREAK SPACE}"), wide]


def feedback(name: str | None) -> tuple[float, int, str]:
    """A planted seller's percentage and number of ratings, and how the site writes both."""
    number = int((name or "")[-2:])
    written = [("1,204", 1204), ("4.2K", 4200), ("88", 88), ("154.8K", 154_800)][number % 4]
    return 90 + number / 2, written[1], f"{90 + number / 2:g}% positive ({written[0]})"


def _dollars(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02}"


@cache
def offers(number: int) -> Sequence[Offer]:
    """What the site lists for a product, in its order: some of it is not what was asked for."""
    best = Best(number)
    low, high = best.band or (1000, 5000)
    middle = best.cents or 2000
    band = () if best.band else ("band",)
    names = [seller(number), seller(number * 5 + 1), seller(number + 3)]
    plan: list[tuple[int, str | None, tuple[str, ...] | None, dict[str, str | None]]] = [
        (low, names[0], (), {}),
        (high, names[1], (), {}),
        (middle, names[0], (), {}),
        (middle, names[2], ("condition",), {"condition": ""}),
        (middle, names[2], ("shipping",), {"shipping": None}),
        (middle, None, (), {}),
        (middle, "sim used goods", None, {"condition": "Pre-Owned"}),
        (middle, "sim opened goods", None, {"condition": "New (Other)"}),
        (middle, "sim paid shipping", None, {"shipping": "+$4.50 delivery"}),
    ]
    if best.band:
        plan += [(high + 1, "sim too dear", None, {}), (low - 1, "sim too cheap", None, {})]
    made = []
    for place, (cents, name, unverified, more) in enumerate(plan):
        spelled = spellings(name)[(number + place) % 5] if name else ""
        item = 910_000_000_000 + number * 100 + place
        kept = None if unverified is None else (*unverified, *band)
        made.append(Offer(item, _dollars(cents), cents, name, spelled, kept, **more))  # type: ignore[arg-type]
    if best.band:  # a range is no price
        item = 910_000_000_000 + number * 100 + 90
        text = f"{_dollars(low)} to {_dollars(high + 500)}"
        made.append(Offer(item, text, None, names[1], names[1].upper(), ("price",)))
    return made


def card(offer: Offer) -> str:
    """The offer as the site shows it; every third in the older markup."""
    name, words = html.escape(offer.spelled), feedback(offer.seller)[2] if offer.seller in PLANTED else "97% (5)"
    title = f"Simulated Listing {offer.item}"
    if offer.item % 3 == 0 and offer.condition:
        free = "Free shipping" if offer.shipping == "Free delivery" else offer.shipping
        rest = f'<span class="s-item__shipping s-item__logisticsCost">{free}</span>' if free else ""
        if name:
            count, percent = words[words.index("(") :], words.split("%")[0]
            rest += f'<span class="s-item__seller-info-text">{name} {count} {percent}%</span>'
        return older(offer.item, title, offer.written, rest=rest, condition=offer.condition)
    lines = [offer.shipping] if offer.shipping else []
    line = seller_line(name, words) if name else ""
    return newer(offer.item, title, offer.written, lines=lines, seller=line, subtitle=offer.condition)


def number_of(query: str) -> int | None:
    """Which product a search is for; None for one that is for none of them."""
    match = _TOKEN.search(query)
    return int(match[1]) if match else None


class SellerMarket(Market):
    """Serves the best sellers and the offers behind them.

    `spoil` may answer an eBay call in place of the market: it is given the call and the number of the product, None for
    a search that is for none. `next_page` promises a further page; `most` cuts every list.
    """

    def __init__(self, latency_s: float = 0.02, categories: Mapping[str, Sequence[int]] = CATEGORIES) -> None:
        super().__init__(RAINFOREST_KEY, SCRAPERAPI_KEY, latency_s)
        self.categories = categories
        self.page_credits = 10
        self.structured_credits = 5
        self.spoil: Callable[[Seen, int | None], Answer | None] = lambda _seen, _number: None

    def answer(self, seen: Seen) -> Answer:
        if seen.kind == "image" or seen.params.get("api_key") != self.keys[seen.platform]:
            return super().answer(seen)
        self.gate.wait(60)
        if seen.platform == "amazon":
            return self._list(seen)
        number = number_of(seen.query)
        return self.spoil(seen, number) or self.search(seen, number)

    def search(self, seen: Seen, number: int | None) -> Answer:
        """What eBay honestly has; a second page is promised, and would be paid for."""
        if seen.path != "/":
            row = {"product_title": "x", "product_url": "https://www.ebay.com/itm/900000000777", "condition": "New"}
            return structured([row], next_pages=[], credits=self.structured_credits)
        if number is None:
            cards = [newer(900_000_000_777, "Anything", "$5.00", lines=["Free delivery"])]
        else:
            cards = [older(123456, "Shop on eBay", "$20.00"), *map(card, offers(number))] if seen.page == 1 else []
        return search_page(cards, next_page=True, credits=self.page_credits)

    def false_zero(self, seen: Seen) -> Answer:
        """A page that says politely that there is nothing."""
        if seen.path != "/":
            return structured([], next_pages=[], credits=self.structured_credits)
        return empty_search_page(self.page_credits)

    def blocked(self) -> Answer:
        """A page that is no result page, with HTTP 200."""
        return block_page("are you a robot?", self.page_credits)

    @property
    def credits(self) -> int:
        """What the marketplace has counted on both platforms."""
        return sum(call.credits for call in self.calls())

    def searches(self) -> list[Seen]:
        """The eBay calls for products."""
        return [call for call in self.calls("ebay") if number_of(call.query) is not None]

    def _list(self, seen: Seen) -> Answer:
        numbers = self.categories.get(seen.query)
        if numbers is None:
            return Answer(b"no such list", 400)
        rows = [_row(rank, Best(number), seen.query) for rank, number in enumerate(numbers, start=1)]
        return rainforest_list(rows if seen.page == 1 else [], seen.query, current_page=seen.page, total_pages=1)


def _row(rank: int, best: Best, category: str) -> dict[str, object]:
    here = {"name": category, "id": category, "link": "x"}
    row = {
        "rank": rank, "position": rank, "title": best.title, "asin": best.asin, "image": f"https://x.example/{rank}.jpg",
        "link": f"https://www.amazon.com/dp/{best.asin}/ref=zg_bs_1/000?psc=1", "current_category": here,
        "rating": 4.6, "ratings_total": 812,
    }  # fmt: skip
    if best.cents is None:
        return row
    value = best.cents / 100
    return {**row, "price": price(int(value) if value.is_integer() else value, _dollars(best.cents))}
