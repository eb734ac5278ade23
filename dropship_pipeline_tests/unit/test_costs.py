"""What credits come to in money: never added where that says nothing, and figures that add up."""

from decimal import Decimal
from typing import Any

import pytest

from dropship_pipeline.admin.pages.ui.job_form import USUAL_PRICE_CENTS, break_even
from dropship_pipeline.collection.costs import Spending, at_most
from dropship_pipeline.collection.forecast import History, forecast, spending
from dropship_pipeline.errors import SettingsError
from dropship_pipeline.jobs.settings import ProductsSettings, ReplaySettings, SellersSettings
from dropship_pipeline.models import Money, Provider
from dropship_pipeline.settings import Quota, Settings, load_settings
from dropship_pipeline.settings_fees import FeeSettings
from dropship_pipeline.settings_prices import CreditPrice
from dropship_pipeline.storage.answered import Answered

USD: dict[Provider, CreditPrice] = {
    "rainforest": CreditPrice(Decimal("0.0083"), "USD"),
    "scraperapi": CreditPrice(Decimal("0.0032"), "USD"),
}
SPENT: dict[Provider, int] = {"rainforest": 12, "scraperapi": 501}
QUOTAS: dict[Provider, Quota] = {"rainforest": Quota(60, 5), "scraperapi": Quota(120, 5)}


def test_with_a_price_for_each_provider_credits_have_a_sum_in_money() -> None:
    spent = Spending.of(SPENT, USD)
    assert spent.money == {"rainforest": Money(10, "USD"), "scraperapi": Money(160, "USD")}
    assert str(spent) == "513 credits, ≈ 1.70 USD"


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        ({}, "12 Rainforest + 501 ScraperAPI credits"),
        ({"scraperapi": USD["scraperapi"]}, "12 Rainforest + 501 ScraperAPI (≈ 1.60 USD) credits"),
        (
            USD | {"rainforest": CreditPrice(Decimal("0.01"), "EUR")},
            "12 Rainforest (≈ 0.12 EUR) + 501 ScraperAPI (≈ 1.60 USD) credits",
        ),
    ],
)
def test_credits_of_two_providers_are_not_added_where_their_money_is_not_known(prices: Any, words: str) -> None:
    spent = Spending.of(SPENT, prices)
    assert (str(spent), spent.whole, spent.per(3)) == (words, None, None)


def test_a_provider_that_was_not_asked_needs_no_price() -> None:
    spent = Spending.of({"scraperapi": 501}, {"scraperapi": USD["scraperapi"]})
    assert spent.whole == Money(160, "USD")
    assert Spending.of({}, {}).whole is None
    assert str(Spending.of({}, USD)) == "0 credits, ≈ 0.00 USD"


def test_what_version_0_1_did_not_name_has_no_price() -> None:
    spent = Spending.of({}, USD, used=7)
    assert (spent.total, spent.whole, str(spent)) == (
        7,
        None,
        "0 credits, and 7 of a provider that was not recorded",
    )


def test_the_money_of_runs_adds_up_to_that_of_their_collection() -> None:
    runs = [Spending.of({"rainforest": 1, "scraperapi": odd}, USD) for odd in (5, 7, 11)]
    whole = Spending.together(runs).whole
    assert whole is not None
    assert whole.cents == sum(run.whole.cents for run in runs if run.whole)


def test_what_costs_less_than_a_cent_is_not_shown_as_free() -> None:
    assert CreditPrice(Decimal("0.00049"), "USD").of(5) == Money(1, "USD")
    assert Spending.of(SPENT, USD).per(100_000) == Money(1, "USD")
    assert Spending.of(SPENT, USD).each(0) == ""


def test_a_budget_is_priced_at_the_dearer_credit() -> None:
    assert at_most(1_000, USD) == Money(830, "USD")
    assert at_most(1_000, {"rainforest": USD["rainforest"]}) is None


def test_a_price_is_read_from_an_amount_and_a_currency(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DROPSHIP_RAINFOREST_CREDIT_PRICE", " 0.0083 usd ")
    assert load_settings().credit_prices == {"rainforest": USD["rainforest"]}
    for wrong in ("0.0083", "USD", "-1 USD", "1,5 USD", "0.1 dollars", "nan USD"):
        monkeypatch.setenv("DROPSHIP_RAINFOREST_CREDIT_PRICE", wrong)
        with pytest.raises(SettingsError, match=r"DROPSHIP_RAINFOREST_CREDIT_PRICE.*such as 0\.0083 USD"):
            load_settings()


def test_no_price_is_assumed() -> None:
    assert Settings.model_fields["rainforest_credit_price"].default is None
    assert Settings.model_fields["scraperapi_credit_price"].default is None


@pytest.mark.parametrize("amazon_cents", [500, 900, 1_500, 3_000, 12_345])
def test_a_sale_at_the_break_even_leaves_amazons_price_and_a_cent_less_does_not(amazon_cents: int) -> None:
    fees = FeeSettings()
    least = fees.break_even_cents(amazon_cents)
    assert least is not None

    def left(sale: int) -> float:
        with_tax = sale * (1 + fees.sales_tax_percent / 100)
        small = with_tax <= fees.ebay_small_order_cents
        order = fees.ebay_small_order_fee_cents if small else fees.ebay_order_fee_cents
        return sale - with_tax * fees.ebay_fee_percent / 100 - order

    assert left(least) >= amazon_cents > left(least - 1)


def test_the_form_says_where_the_break_even_stands_by_the_fees_that_are_set() -> None:
    assert "near +19 %" in break_even(FeeSettings())
    assert "near +0 %" in break_even(
        FeeSettings.model_validate({"DROPSHIP_EBAY_FEE_PERCENT": 0, "DROPSHIP_EBAY_ORDER_FEE_CENTS": 0})
    )
    assert "no price pays" in break_even(FeeSettings.model_validate({"DROPSHIP_EBAY_FEE_PERCENT": 100}))
    assert USUAL_PRICE_CENTS == 3_000


def test_going_on_is_expected_to_cost_only_what_is_not_known_yet() -> None:
    settings = SellersSettings(categories=["a", "b"], max_products=100)
    begun = Answered(searches={}, products=50, list_pages=1)
    searching = Answered(searches={"ebay": 30}, products=70, list_pages=4)
    done = Answered(searches={"ebay": 70}, products=70, list_pages=4)
    calls = [
        {provider: share.calls for provider, share in forecast(settings, History({}), QUOTAS, known).items()}
        for known in (begun, searching, done)
    ]
    assert calls == [
        {"rainforest": 3, "scraperapi": 101},
        {"rainforest": 0, "scraperapi": 41},
        {"rainforest": 0, "scraperapi": 0},
    ]


def test_going_on_asks_again_for_a_list_that_could_not_be_read() -> None:
    known = Answered(searches={"ebay": 50}, products=50, list_pages=2, failed_lists=1)
    shares = forecast(SellersSettings(categories=["a", "b"], max_products=100), History({}), QUOTAS, known)
    assert (shares["rainforest"].calls, shares["scraperapi"].calls) == (2, 51)


def test_going_on_with_products_asks_for_the_queries_that_are_missing() -> None:
    settings = ProductsSettings(queries=["a", "b", "c"], top_amz=5, top_ebay=5)
    known = Answered(searches={"amazon": 3, "ebay": 1})
    shares = forecast(settings, History({}), QUOTAS, known)
    assert (shares["rainforest"].calls, shares["scraperapi"].calls) == (0, 2)


def test_judging_again_costs_nothing() -> None:
    assert str(spending(forecast(ReplaySettings(replayed_job_id="a"), History({}), QUOTAS), USD)).startswith(
        "0 credits"
    )
