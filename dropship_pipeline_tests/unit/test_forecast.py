"""What a run is expected to cost: calls from its configuration, prices from what calls have cost before."""

from dropship_pipeline.collection.forecast import History, forecast
from dropship_pipeline.jobs.settings import ProductsSettings, SellersSettings
from dropship_pipeline.models import Provider
from dropship_pipeline.settings import Quota

QUOTAS: dict[Provider, Quota] = {"rainforest": Quota(60, 5), "scraperapi": Quota(120, 5)}
NOTHING = History({})


def test_a_collection_is_expected_to_cost_a_call_for_each_page_of_each_query() -> None:
    settings = ProductsSettings(queries=["a", "b"], top_amz=20, top_ebay=60)
    shares = forecast(settings, NOTHING, QUOTAS)
    assert (shares["rainforest"].calls, shares["scraperapi"].calls) == (4, 2)


def test_a_seller_search_is_expected_to_cost_a_search_for_each_product_and_the_control_search() -> None:
    shares = forecast(SellersSettings(categories=["a", "b"], max_products=120), NOTHING, QUOTAS)
    assert (shares["rainforest"].calls, shares["scraperapi"].calls) == (4, 121)
    assert shares["scraperapi"].credits == 605


def test_what_earlier_calls_cost_is_believed_rather_than_the_usual_price() -> None:
    settings = SellersSettings(categories=["a"], max_products=10)
    shares = forecast(settings, History({"scraperapi": 10.0}), QUOTAS)
    assert (shares["scraperapi"].credits, shares["scraperapi"].from_history) == (110, True)
    assert not shares["rainforest"].from_history


def test_a_run_that_asks_for_nothing_is_expected_to_cost_nothing() -> None:
    shares = forecast(SellersSettings(max_products=0), NOTHING, QUOTAS)
    assert sum(share.credits for share in shares.values()) == 0
