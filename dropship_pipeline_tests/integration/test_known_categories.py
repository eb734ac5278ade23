"""Categories that the marketplace does not have are refused where they are written, once its list was paid for."""

import json

import pytest

from dropship_pipeline.collection.known_categories import require_categories
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.settings import ProductsSettings, SellersSettings
from dropship_pipeline.models import ApiAnswer, ApiRequest
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.ledger import JobLedger
from dropship_pipeline_tests.integration.conftest import RawMemory

ROWS = [{"id": "bestsellers_kitchen", "name": "Kitchen & Dining"}, {"id": "bestsellers_toys", "name": "Toys & Games"}]
BODY = {"request_info": {"success": True}, "categories": ROWS}


async def keep_list(database: Database, raw: RawMemory, body: object = BODY) -> None:
    ledger = JobLedger(database, raw, org_id="default", job_id="earlier")
    request = ApiRequest("rainforest", "/categories", {"domain": "amazon.com", "type": "bestsellers"})
    await ledger.reserve(request, 1)
    await ledger.settle(request, ApiAnswer(200, {}, json.dumps(body).encode()), credits=1, attempts=1)


def require(database: Database, raw: RawMemory, *wanted: str, org: str = "default", domain: str = "amazon.com") -> None:
    require_categories(database, raw, org, domain, SellersSettings(categories=[*wanted]))


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("Kitchn & Dining", "did you mean 'Kitchen & Dining'?"),
        ("kitchn", "did you mean 'kitchen'?"),
        ("bestsellers_toy", "did you mean 'toys'?"),
        ("Spare parts of spaceships", "there are Kitchen & Dining, Toys & Games"),
    ],
)
async def test_a_category_that_there_is_not_is_refused_with_the_nearest(
    database: Database, raw: RawMemory, wanted: str, meant: str
) -> None:
    await keep_list(database, raw)
    with pytest.raises(RequestInvalid) as refused:
        require(database, raw, "toys", wanted)
    assert meant in str(refused.value)


async def test_names_in_any_case_ids_numbers_and_addresses_pass(database: Database, raw: RawMemory) -> None:
    await keep_list(database, raw)
    address = "https://www.amazon.com/gp/bestsellers/garden"
    require(database, raw, "toys & games", "kitchen", "bestsellers_toys", "2165154031", address)
    require_categories(database, raw, "default", "amazon.com", ProductsSettings())


async def test_nothing_is_refused_by_the_list_of_another_site_or_org_or_one_that_is_gone(
    database: Database, raw: RawMemory
) -> None:
    require(database, raw, "kitchn")
    await keep_list(database, raw)
    require(database, raw, "kitchn", domain="amazon.de")
    require(database, raw, "kitchn", org="other")
    raw.objects.clear()
    require(database, raw, "kitchn")
