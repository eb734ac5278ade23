"""The environment variables that say what eBay takes of a sale; a part of `Settings`."""

from math import ceil

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class FeeSettings(BaseSettings):
    """What eBay takes of a sale. Source of the defaults: eBay's US page on selling fees, as of September 2026."""

    model_config = SettingsConfigDict(use_attribute_docstrings=True)

    ebay_fee_percent: float = Field(default=13.6, ge=0, le=100, validation_alias="DROPSHIP_EBAY_FEE_PERCENT")
    """Of the whole sale, shipping included; 13.6 is eBay's US share for most categories, September 2026"""
    ebay_order_fee_cents: int = Field(default=40, ge=0, le=100_000, validation_alias="DROPSHIP_EBAY_ORDER_FEE_CENTS")
    """For each order, besides the share"""
    ebay_small_order_fee_cents: int = Field(
        default=30, ge=0, le=100_000, validation_alias="DROPSHIP_EBAY_SMALL_ORDER_FEE_CENTS"
    )
    """The same for a small order"""
    ebay_small_order_cents: int = Field(
        default=1_000, ge=0, le=100_000, validation_alias="DROPSHIP_EBAY_SMALL_ORDER_CENTS"
    )
    """Up to which sum an order is a small one"""
    sales_tax_percent: float = Field(default=8, ge=0, le=100, validation_alias="DROPSHIP_SALES_TAX_PERCENT")
    """What buyers pay on top, of which eBay takes its share too; 8 is a round figure for the United States, 2026"""

    def break_even_cents(self, amazon_cents: int) -> int | None:
        """The least sale that pays Amazon's price, eBay's fees, and eBay's share of the buyer's sales tax.

        Of a sale S, S less share × S × (1 + tax) less the fee of an order is left; at the break-even that is
        Amazon's price.

        Args:
            amazon_cents: Amazon's price in cents.

        Returns:
            Cents of the sale, shipping included and tax left out; None where the fees take all of it.
        """
        kept = 1 - self.ebay_fee_percent / 100 * (1 + self.sales_tax_percent / 100)
        if kept <= 0:
            return None
        small = (amazon_cents + self.ebay_small_order_fee_cents) / kept
        if small * (1 + self.sales_tax_percent / 100) <= self.ebay_small_order_cents:
            return ceil(small)
        return ceil((amazon_cents + self.ebay_order_fee_cents) / kept)
