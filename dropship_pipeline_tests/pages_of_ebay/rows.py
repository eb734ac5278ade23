"""Draws the listings of a page."""

from random import Random
from typing import Literal

from dropship_pipeline_tests.pages_of_ebay.description import (
    Auction,
    Condition,
    FixedPrice,
    Generation,
    HiddenPrice,
    Lack,
    Offer,
    PriceRange,
    Row,
    SellerLine,
    Shipping,
)
from dropship_pipeline_tests.pages_of_ebay.languages import Language
from dropship_pipeline_tests.pages_of_ebay.writing import Amount, Notation, grouped

FREE = 0
NAMES = (
    "invented_lamps",
    "sim.garden-co",
    "best_buys_4u",
    "kitchen*world",
    "a1b2c3",
    "Haus-und-Hof24",
    "100percent_ok",
)
MAKES = ("Invented", "Fictia", "Modello")


class RowDrawer:
    """Draws rows in one language, with one way of writing money.

    Args:
        random: source of all choices.
        language: whose words.
        notation: how money is written.
        boasts: what sellers write, in whatever language is theirs.
        sellers_named: do cards of this page name sellers.
        only_ids: stands the id nowhere but in `data-listingid`, since the links are placeholders.
    """

    def __init__(
        self,
        random: Random,
        language: Language,
        notation: Notation,
        *,
        boasts: tuple[str, ...],
        sellers_named: bool,
        only_ids: bool,
    ) -> None:
        self._random = random
        self._language = language
        self._notation = notation
        self._boasts = boasts
        self._sellers_named = sellers_named
        self._only_ids = only_ids

    def row(self, generation: Generation) -> Row:
        """One row; one in twenty is not a listing although it looks like one."""
        lack: Lack | None = None
        if self._chance(0.05):
            lack = self._random.choice(("title", "id"))
        conditioned = self._chance(0.85)
        return Row(
            generation=generation,
            item=str(self._random.randint(100_000_000_000, 409_999_999_999)),
            id_attribute=lack != "id" and (self._only_ids or generation != "s-item" or self._chance(0.5)),
            title=self._title(),
            fitment=self._fitment() if self._chance(0.08) else None,
            badge=self._one(self._language.badge) if self._chance(0.25) else None,
            offer=self._offer(),
            shipping=self._shipping() if self._chance(0.85) else None,
            condition=self._condition() if conditioned else None,
            boast=self._one(self._boasts) if self._chance(0.2) else None,
            seller_type=self._one(self._language.seller_types)
            if conditioned and self._language.seller_types and self._chance(0.4)
            else None,
            details=self._one(MAKES) if conditioned and self._chance(0.1) else None,
            seller=self._seller() if self._sellers_named and self._chance(0.95) else None,
            image=self._image() if self._chance(0.9) else None,
            extras=tuple(self._random.sample(self._language.extras, self._random.randint(0, 2))),
            sponsored=self._chance(0.2),
            lacks=lack,
        )

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _one(self, choices: tuple[str, ...]) -> str:
        return self._random.choice(choices)

    def _title(self) -> str:
        words = [
            *self._random.choices(self._language.adjectives, k=self._random.randint(0, 9)),
            self._one(self._language.nouns),
            f"No. {self._random.randint(1, 9999)}",
        ]
        return ("" if not self._language.spaced else " ").join(words)[:113].strip()

    def _fitment(self) -> str:
        return f"(For: {self._random.randint(1960, 2026)} {self._one(MAKES)} {self._random.randint(100, 999)})"

    def _amount(self, low: int = 99, high: int = 20_000) -> Amount:
        """Mostly small, at times large enough to be written in groups; a yen or a won is worth less than a euro."""
        cents = self._random.randint(low, high)
        if self._chance(0.15):
            cents *= self._random.randint(10, 60)
        return self._notation.amount(cents if self._notation.decimal else cents * 100)

    def _more_than(self, amount: Amount) -> Amount:
        return self._notation.amount(amount.cents + self._random.randint(1, 200) * 100)

    def _offer(self) -> Offer:
        kind: Literal["fixed", "range", "auction", "hidden"] = self._random.choices(
            ("fixed", "range", "auction", "hidden"), (76, 10, 12, 2)
        )[0]
        now = self._amount()
        if kind == "range":
            return PriceRange(now, self._one(self._language.to), self._more_than(now))
        if kind == "auction":
            count = self._one(self._language.bids).format(count=self._random.choice((0, 1, 3, 27)))
            both = (self._more_than(now), self._one(self._language.buy_now)) if self._chance(0.4) else None
            return Auction(now, count, both)
        if kind == "hidden":
            return HiddenPrice("See price")
        return FixedPrice(
            now,
            was=self._more_than(now) if self._chance(0.2) else None,
            per_unit=f"({now.text}/Unit)" if self._chance(0.06) else None,
            note=self._one((*self._language.buy_now, *self._language.best_offer)) if self._chance(0.5) else None,
        )

    def _shipping(self) -> Shipping:
        kind = self._random.choices(("free", "paid", "estimated", "unspecified"), (45, 40, 10, 5))[0]
        if kind == "free":
            return Shipping(self._one(self._language.free), FREE)
        if kind == "unspecified":
            return Shipping(self._one(self._language.unspecified), None)
        cost = self._amount(99, 4000)
        lines = self._language.paid if kind == "paid" else self._language.estimated
        return Shipping(self._one(lines).format(amount=cost.text), cost.cents)

    def _condition(self) -> Condition:
        if self._chance(0.6):
            return Condition(self._one(self._language.new), new=True)
        return Condition(self._one(self._language.used), new=False)

    def _seller(self) -> SellerLine:
        percent = self._random.choice((100.0, 99.1, 98.0, 97.4))
        count = self._random.choice((0, 69, 938, 1204, 15_320, 154_800))
        written = f"{percent:g}".replace(".", self._language.decimal)
        count_text = grouped(count, self._language.thousands)
        if self._language.code == "en" and count >= 1000 and not count % 100:
            count_text = f"{count / 1000:g}K"
        return SellerLine(self._one(NAMES), percent, count, written, count_text, self._language.praise)

    def _image(self) -> str:
        token = "".join(self._random.choices("ABCDEFGHJKLMNPQRSTUVWXYZabcdefghij", k=12))
        ending = self._random.choice(("s-l500.webp", "s-l225.jpg", "s-l140.webp"))
        return f"https://i.ebayimg.com/images/g/{token}/{ending}"
