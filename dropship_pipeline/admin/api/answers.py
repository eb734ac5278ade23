"""What answers of the API have in common: how they are read, and money as cents and a currency."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from dropship_pipeline.models import Money


class Answer(BaseModel):
    """An answer that is read from the fields of a value of ours, by their names."""

    model_config = ConfigDict(from_attributes=True)


class Amount(BaseModel):
    """An amount of money."""

    cents: int
    currency: str = Field(description="ISO 4217")

    @classmethod
    def of(cls, money: Money | None) -> Self | None:
        """Money as an answer; None stays None."""
        return None if money is None else cls(cents=money.cents, currency=money.currency)


def amount(cents: int | None, currency: str | None) -> Amount | None:
    """An amount, None where either half is unknown."""
    return None if cents is None or currency is None else Amount(cents=cents, currency=currency)
