"""The environment variables that say what eBay takes of a sale; a part of `Settings`."""

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
