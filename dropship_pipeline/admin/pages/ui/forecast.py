"""The card that shows the forecast of a run beside its form."""

from datetime import timedelta

from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.forms import Filled
from dropship_pipeline.admin.pages.ui.job_form import JobFields
from dropship_pipeline.admin.pages.ui.parts import Tag
from dropship_pipeline.admin.runs import Collections
from dropship_pipeline.collection.costs import Prices, Spending, at_most
from dropship_pipeline.collection.forecast import spending
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.models import PROVIDERS, Money


class ForecastCard:
    """Calls, credits and time by provider; follows the form.

    Args:
        prices: of a credit; without them no money is shown.

    Attributes:
        expected: what the form that was shown last costs, in words; empty where something is wrong in it.
    """

    def __init__(self, collections: Collections, fields: JobFields, prices: Prices) -> None:
        self._collections = collections
        self._fields = fields
        self._prices = prices
        self.expected = ""
        self._cells: dict[str, list[Tag]] = {}
        with Tag("div", "", "stack", role="status", aria_live="polite"):
            self._table()
            self._words = Tag("p", "", "notice")
        Tag("p", "An upper estimate. A run that is resumed pays only for what is missing.", "hint")

    async def show(self, filled: Filled) -> bool:
        """Show the forecast of this form, or that something is wrong in it; return whether all is well."""
        self.expected = ""
        try:
            settings = self._fields.read(filled)
        except RequestInvalid as error:
            self._blank(str(error))
            return False
        try:
            shares, longest = await self._collections.forecast(settings)
        except RequestInvalid as error:
            self._fields.refuse_categories(str(error))
            self._blank(str(error))
            return False
        together = spending(shares, self._prices)
        for provider, share in shares.items():
            self._put(provider, share.calls, wording.number(share.credits), together.money.get(provider), share.seconds)
        calls = sum(share.calls for share in shares.values())
        self._put("total", calls, _together(together), together.whole, longest)
        self.expected = str(together)
        self._words.say(self._about_budget(getattr(settings, "max_credits", None), together.total))
        self._words.classes(replace="notice warn")
        return True

    def _about_budget(self, budget: int | None, expected: int) -> str:
        if budget is None:
            return ""
        money = at_most(budget, self._prices)
        words = f"The budget of {budget:,} credits"
        if money is not None:
            words += f", {money} at most,"
        if budget < expected:
            return f"{words} may be used up before the run is done."
        return f"{words} is enough." if money is not None else ""

    def _table(self) -> None:
        with Tag("table", "", "forecast"):
            Tag("caption", "Forecast by provider", "visually-hidden")
            with Tag("thead"), Tag("tr"):
                for text in ("Provider", "Calls", "Credits", *(["Money"] if self._prices else []), "Time"):
                    Tag("th", text, scope="col")
            with Tag("tbody"):
                for provider in PROVIDERS:
                    self._row(provider, wording.PROVIDERS[provider])
                self._row("total", "Together", "total")

    def _row(self, name: str, label: str, classes: str = "") -> None:
        with Tag("tr", "", classes):
            Tag("td", label)
            self._cells[name] = [Tag("td", wording.NOTHING) for _ in range(4 if self._prices else 3)]

    def _put(self, name: str, calls: int, credits: str, money: Money | None, seconds: int) -> None:
        amount = [str(money or wording.NOTHING)] if self._prices else []
        texts = (wording.number(calls), credits, *amount, wording.duration(timedelta(seconds=seconds)))
        for cell, text in zip(self._cells[name], texts, strict=True):
            cell.say(text)

    def _blank(self, reason: str) -> None:
        for cells in self._cells.values():
            for cell in cells:
                cell.say(wording.NOTHING)
        self._words.say(reason).classes(replace="notice")


def _together(spent: Spending) -> str:
    """All credits; those of two providers are added only where their money says what that means."""
    if spent.whole is not None:
        return wording.number(spent.total)
    return " + ".join(wording.number(credits) for credits in spent.credits.values())
