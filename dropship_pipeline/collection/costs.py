"""What credits come to in money, and how that is written. Credits of two providers are not of one kind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from dropship_pipeline.models import PROVIDERS, Money, Provider
from dropship_pipeline.settings_prices import CreditPrice
from dropship_pipeline.storage.runs.reports import RunReport
from dropship_pipeline.storage.runs.values import JobFigures

NAMES: Mapping[Provider, str] = {"rainforest": "Rainforest", "scraperapi": "ScraperAPI"}

Prices = Mapping[Provider, CreditPrice]


@dataclass(frozen=True, slots=True)
class Spending:
    """Credits, and what they cost where that is known.

    Args:
        credits: by provider.
        money: by provider; one whose credits have no price is missing.
        unnamed: credits that version 0.1 recorded without their provider.
    """

    credits: Mapping[Provider, int] = field(default_factory=dict)
    money: Mapping[Provider, Money] = field(default_factory=dict)
    unnamed: int = 0

    @classmethod
    def of(cls, credits: Mapping[Provider, int], prices: Prices, *, used: int | None = None) -> Self:
        """What credits cost.

        Args:
            credits: by provider.
            prices: of a credit.
            used: all credits, where more may have been used than are named in `credits`.
        """
        named = {provider: credits.get(provider, 0) for provider in PROVIDERS}
        money = {provider: price.of(named[provider]) for provider, price in prices.items()}
        return cls(named, money, 0 if used is None else max(used - sum(named.values()), 0))

    @classmethod
    def together(cls, spent: Iterable["Spending"]) -> Self:
        """The sum of several; its money is the sum of theirs, so that figures on a page add up."""
        several = tuple(spent)
        credits = {provider: sum(one.credits.get(provider, 0) for one in several) for provider in PROVIDERS}
        amounts: dict[Provider, Money] = {}
        for one in several:
            for provider, money in one.money.items():
                before = amounts.get(provider, Money(0, money.currency))
                amounts[provider] = Money(before.cents + money.cents, money.currency)
        return cls(credits, amounts, sum(one.unnamed for one in several))

    @classmethod
    def of_run(cls, run: RunReport, prices: Prices) -> Self:
        """What a run paid."""
        return cls.of(run.credits_by_provider, prices, used=run.credits_used)

    @classmethod
    def of_job(cls, job: JobFigures, prices: Prices) -> Self:
        """What all runs of a job paid together."""
        spent = cls.together(cls.of(paid, prices) for paid in job.paid)
        return replace(spent, unnamed=max(job.credits_used - spent.total, 0))

    @property
    def total(self) -> int:
        """All credits, as a budget counts them."""
        return sum(self.credits.values()) + self.unnamed

    @property
    def whole(self) -> Money | None:
        """The money of all of it; None where a credit that was used has no price, or prices differ in currency."""
        used = [provider for provider, credits in self.credits.items() if credits]
        counted = [self.money[provider] for provider in used or self.money if provider in self.money]
        if self.unnamed or len(counted) < len(used) or len({money.currency for money in counted}) != 1:
            return None
        return Money(sum(money.cents for money in counted), counted[0].currency)

    def per(self, number: int) -> Money | None:
        """The money for each of `number` things, to the nearest cent; None where `whole` is, or for none of them."""
        whole = self.whole
        if whole is None or number <= 0:
            return None
        return Money(max((2 * whole.cents + number) // (2 * number), 1 if whole.cents else 0), whole.currency)

    def __str__(self) -> str:
        """`513 credits, ≈ 1.70 USD`; without all prices each provider by itself: `12 Rainforest + 501 ScraperAPI …`."""
        whole = self.whole
        if whole is not None:
            return f"{self.total:,} {_noun(self.total)}, ≈ {whole}"
        parts = [self._part(provider, f"{credits:,}") for provider, credits in self.credits.items() if credits]
        unnamed = f", and {self.unnamed:,} of a provider that was not recorded" if self.unnamed else ""
        return f"{' + '.join(parts) or '0'} {_noun(self.total)}{unnamed}"

    def each(self, number: int) -> str:
        """The same for each of `number` things: `16.5 credits, ≈ 0.05 USD`; nothing for none of them."""
        if number <= 0:
            return ""
        money = self.per(number)
        if money is not None:
            return f"{self.total / number:,.1f} credits, ≈ {money}"
        parts = [f"{used / number:,.1f} {NAMES[provider]}" for provider, used in self.credits.items() if used]
        return f"{' + '.join(parts) or '0'} credits"

    def _part(self, provider: Provider, number: str) -> str:
        money = self.money.get(provider)
        return f"{number} {NAMES[provider]}{f' (≈ {money})' if money else ''}"


def at_most(credits: int, prices: Prices) -> Money | None:
    """What a budget of so many credits may cost at most; None unless all providers have a price in one currency."""
    if len(prices) < len(PROVIDERS) or len({price.currency for price in prices.values()}) != 1:
        return None
    return max((price.of(credits) for price in prices.values()), key=lambda money: money.cents)


def _noun(number: int) -> str:
    return "credit" if number == 1 else "credits"
