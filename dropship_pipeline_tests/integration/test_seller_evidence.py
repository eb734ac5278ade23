"""The evidence for a seller: whole, side by side, and without anything that a page should not link to."""

import pytest

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.links import web_link
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.evidence import RUNS_SHOWN, Category, SellerEvidence
from dropship_pipeline_tests.integration.cli_runner import add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import add_job_product, add_listing, add_seen_seller


@pytest.fixture
def evidence(database: Database) -> SellerEvidence:
    return SellerEvidence(database, "default")


@pytest.mark.parametrize(
    "url",
    [
        None, "", "javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)",
        "data:text/html,x", "//evil.example/", "/relative", "http:", "https:///path", "ftp://host/", "http://[", "\x00",
        "https://host/ space", "vbscript:x", "file:///etc/passwd", "blob:https://host/1", "https://a\u202eb/",
    ],
)  # fmt: skip
def test_an_address_that_is_no_web_address_is_no_link(url: str | None) -> None:
    assert web_link(url) is None


@pytest.mark.parametrize("url", ["https://www.ebay.com/itm/1", "HTTP://host:81/a?b=c#d", "https://ünï.example/"])
def test_a_web_address_stays_as_it_is(url: str) -> None:
    assert web_link(url) == url


def test_a_find_shows_both_sides_with_their_own_prices(
    database: Database, evidence: SellerEvidence, records: RunRecords
) -> None:
    run_id, seller_id = add_run(records, "d1"), add_seller(database, "s")
    add_job_product(database, image_url="https://m.media-amazon.com/a.jpg")
    add_listing(database, run_id, seller_id)
    (item,) = evidence.items(seller_id).rows
    assert item.product is not None
    assert (item.product.title, item.product.price_cents, item.product.currency) == ("Lamp A1", 2_000, "USD")
    assert (item.product.has_image, item.product.categories) == (True, (Category(name="Lamps", rank=7),))
    assert (item.listing.title, item.listing.price_cents, item.listing.currency) == ("Lamp, new", 2_150, "USD")
    assert (item.listing.has_image, item.listing.shipping_cents, item.unverified) == (False, 0, ("shipping",))


def test_scripts_in_place_of_addresses_come_out_as_none(
    database: Database, evidence: SellerEvidence, records: RunRecords
) -> None:
    run_id, seller_id = add_run(records, "d1"), add_seller(database, "s")
    script = "javascript:alert(document.cookie)"
    add_job_product(database, url=script, image_url=script)
    add_listing(database, run_id, seller_id, url=script, image_url=script)
    (item,) = evidence.items(seller_id).rows
    assert item.product is not None
    assert (item.product.url, item.product.has_image, item.listing.url, item.listing.has_image) == (
        None, False, None, False,
    )  # fmt: skip


def test_a_listing_whose_product_is_forgotten_is_still_shown(
    database: Database, evidence: SellerEvidence, records: RunRecords
) -> None:
    seller_id = add_seller(database, "s")
    add_listing(database, add_run(records, "d1"), seller_id)
    assert [item.product for item in evidence.items(seller_id).rows] == [None]


def test_pages_of_finds_hold_each_once(database: Database, evidence: SellerEvidence, records: RunRecords) -> None:
    run_id, seller_id = add_run(records, "d1"), add_seller(database, "s")
    for asin in ("A1", "A2"):
        for item_id in "123":
            add_listing(database, run_id, seller_id, asin, item_id=item_id)
    found, cursor = [], None
    for _ in range(2):
        page = evidence.items(seller_id, page_size=4, cursor=cursor)
        found += [(item.asin, item.listing.item_id) for item in page.rows]
        cursor = page.next_cursor
    assert cursor is None
    assert found == [(asin, item_id) for asin in ("A1", "A2") for item_id in "123"]
    with pytest.raises(RequestInvalid):
        evidence.items(seller_id, cursor="nothing")


def test_a_seller_comes_with_its_runs_newest_first_and_its_products(
    database: Database, evidence: SellerEvidence, records: RunRecords
) -> None:
    seller_id = add_seller(database, "s")
    runs = [add_run(records, f"d{number}") for number in range(RUNS_SHOWN + 1)]
    add_seen_seller(database, seller_id, listings=3, runs=runs)
    add_job_product(database)
    for item_id in "12":
        add_listing(database, runs[0], seller_id, item_id=item_id)
    detail = evidence.seller(seller_id)
    assert detail is not None
    assert [run.run_id for run in detail.runs] == runs[:0:-1]
    assert [(product.asin, product.title, product.listings) for product in detail.products] == [("A1", "Lamp A1", 2)]
    assert (detail.seller.products, {run.listings for run in detail.runs}) == (1, {3})


def test_another_org_sees_neither_seller_nor_finds(database: Database, records: RunRecords) -> None:
    seller_id = add_seller(database, "ours")
    add_listing(database, add_run(records, "d1"), seller_id)
    theirs = SellerEvidence(database, "other")
    assert (theirs.seller(seller_id), theirs.items(seller_id).rows) == (None, [])


def test_a_product_of_another_orgs_job_of_the_same_name_is_not_shown(
    database: Database, evidence: SellerEvidence, records: RunRecords
) -> None:
    add_seller(database, "theirs", org_id="other")
    add_job_product(database, org_id="other", title="secret")
    seller_id = add_seller(database, "ours")
    add_listing(database, add_run(records, "d1"), seller_id)
    assert evidence.items(seller_id).rows[0].product is None
    detail = evidence.seller(seller_id)
    assert detail is not None
    assert [product.title for product in detail.products] == [None]
