"""The environment variables that say what a credit of each provider costs; a part of `Settings`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from dropship_pipeline.models import Money, Provider

_WRITTEN = re.compile(r"(\d{1,6}(?:\.\d{1,12})?)\s*([A-Za-z]{3})", re.ASCII)
_ONE_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class CreditPrice:
    """What one credit costs: far less than a cent, so that it is exact and no `Money`."""

    amount: Decimal
    currency: str

    def of(self, credits: int) -> Money:
        """What so many credits cost, to the nearest cent; what costs anything costs at least one cent."""
        exact = self.amount * credits / _ONE_CENT
        return Money(max(int(exact + Decimal("0.5")), 1 if exact else 0), self.currency)


def _parsed(value: object) -> object:
    if not isinstance(value, str):
        return value
    written = _WRITTEN.fullmatch(value.strip())
    if written is None:
        raise ValueError("write an amount and a currency for one credit, such as 0.0083 USD")
    return CreditPrice(Decimal(written[1]), written[2].upper())


Price = Annotated[CreditPrice | None, NoDecode, BeforeValidator(_parsed), WithJsonSchema({"type": "string"})]


class PriceSettings(BaseSettings):
    """What a credit costs by the plan that the user has. There is no default: plans differ by a factor of ten."""

    model_config = SettingsConfigDict(use_attribute_docstrings=True)

    rainforest_credit_price: Price = Field(default=None, validation_alias="DROPSHIP_RAINFOREST_CREDIT_PRICE")
    """One credit of your plan, such as `0.0083 USD`: its price divided by its credits. Not set: no money is shown"""
    scraperapi_credit_price: Price = Field(default=None, validation_alias="DROPSHIP_SCRAPERAPI_CREDIT_PRICE")
    """One credit of your plan, such as `0.00049 USD`: its price divided by its credits. Not set: no money is shown"""

    @property
    def credit_prices(self) -> Mapping[Provider, CreditPrice]:
        """What a credit costs, by provider; one without a price is missing."""
        prices: dict[Provider, CreditPrice | None] = {
            "rainforest": self.rainforest_credit_price, "scraperapi": self.scraperapi_credit_price,
        }  # fmt: skip
        return {provider: price for provider, price in prices.items() if price is not None}
