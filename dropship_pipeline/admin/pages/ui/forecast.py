"""The card that shows the forecast of a run beside its form."""

from datetime import timedelta

from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.forms import Filled
from dropship_pipeline.admin.pages.ui.job_form import JobFields
from dropship_pipeline.admin.pages.ui.parts import Tag
from dropship_pipeline.admin.runs import Collections
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.models import PROVIDERS


class ForecastCard:
    """Calls, credits and time by provider; follows the form.

    Args:
        collections: computes it.
        fields: read the form.
    """

    def __init__(self, collections: Collections, fields: JobFields) -> None:
        self._collections = collections
        self._fields = fields
        self._cells: dict[str, list[Tag]] = {}
        with Tag("div", "", "stack", role="status", aria_live="polite"):
            self._table()
            self._words = Tag("p", "", "notice")
        Tag("p", "An upper estimate. A run that is resumed pays only for what is missing.", "hint")

    async def show(self, filled: Filled) -> bool:
        """Show the forecast of this form, or that something is wrong in it; return whether all is well."""
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
        for provider, share in shares.items():
            self._put(provider, share.calls, share.credits, share.seconds)
        credits = sum(share.credits for share in shares.values())
        self._put("total", sum(share.calls for share in shares.values()), credits, longest)
        budget = getattr(settings, "max_credits", None)
        short = budget is not None and budget < credits
        words = f"The budget of {budget:,} credits may be used up before the run is done." if short else ""
        self._words.say(words).classes(replace="notice warn")
        return True

    def _table(self) -> None:
        with Tag("table", "", "forecast"):
            Tag("caption", "Forecast by provider", "visually-hidden")
            with Tag("thead"), Tag("tr"):
                for text in ("Provider", "Calls", "Credits", "Time"):
                    Tag("th", text, scope="col")
            with Tag("tbody"):
                for provider in PROVIDERS:
                    self._row(provider, wording.PROVIDERS[provider])
                self._row("total", "Together", "total")

    def _row(self, name: str, label: str, classes: str = "") -> None:
        with Tag("tr", "", classes):
            Tag("td", label)
            self._cells[name] = [Tag("td", wording.NOTHING) for _ in range(3)]

    def _put(self, name: str, calls: int, credits: int, seconds: int) -> None:
        texts = (wording.number(calls), wording.number(credits), wording.duration(timedelta(seconds=seconds)))
        for cell, text in zip(self._cells[name], texts, strict=True):
            cell.say(text)

    def _blank(self, reason: str) -> None:
        for cells in self._cells.values():
            for cell in cells:
                cell.say(wording.NOTHING)
        self._words.say(reason).classes(replace="notice")
