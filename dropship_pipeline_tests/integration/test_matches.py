"""Only listings that are the product count for a seller; others are found under review or rejected, with the reason.

The marketplace is planted: one seller for each kind of listing that meets the filters and may not be the product.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.sellers.counts import refresh_products
from dropship_pipeline_tests.blackbox.cards import newer, seller_line
from dropship_pipeline_tests.blackbox.evidence import rows
from dropship_pipeline_tests.blackbox.goods import price as goods_price
from dropship_pipeline_tests.blackbox.market import Answer, Seen
from dropship_pipeline_tests.blackbox.planted import SellerMarket
from dropship_pipeline_tests.blackbox.runs import Finished, World, open_world
from dropship_pipeline_tests.blackbox.wire import rainforest_list, search_page
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.integration.api_client import client_of, fake_app, make_token


@dataclass(frozen=True)
class Planted:
    """A listing: what its seller is called, its title, the bands that are right, and what a reason is about."""

    seller: str
    title: str
    bands: tuple[str, ...]
    reason: str | None = None


OFF = ("review", "reject")
GOODS: Mapping[str, tuple[str, float, tuple[Planted, ...]]] = {
    "B0JUDGE001": (
        "Veltrix BT-410 Portable Bluetooth Speaker, Black", 49.99, (
            Planted("honest one", "Veltrix BT-410 Portable Bluetooth Speaker Black", ("accept",)),
            Planted("honest two", "NEW Veltrix BT410 Portable Bluetooth Speaker, Black", ("accept",)),
            Planted("cases only", "Carry Case for Veltrix BT-410 Portable Bluetooth Speaker, Black", OFF, "accessory"),
            Planted("boxes only", "Empty Box for Veltrix BT-410 Portable Speaker Black", ("reject",), "empty_box"),
            Planted("other models", "Veltrix BT-510 Portable Bluetooth Speaker, Black", OFF, "model"),
            Planted("other colours", "Veltrix BT-410 Portable Bluetooth Speaker, Red", OFF, "colour"),
            Planted("pairs only", "Veltrix BT-410 Portable Bluetooth Speaker, Black, 2 Pack", OFF, "pack"),
            Planted("fitting only", "Silicone Sleeve Black (Passend für: Veltrix BT-410 Portable Speaker)", OFF),
        ),
    ),
    "B0JUDGE002": (
        "Nordhaven Whey Protein Powder Vanilla 2 lb", 24.99, (
            Planted("honest one", "Nordhaven Whey Protein Powder, Vanilla, 2 lb", ("accept",)),
            Planted("other sizes", "Nordhaven Whey Protein Powder Vanilla 5 lb", OFF, "content"),
            Planted("other flavours", "Nordhaven Whey Protein Powder Chocolate 2 lb", OFF, "flavour"),
            Planted("lookalikes", "Sudhaven Soy Creatine Vanilla 2 lb", OFF),
        ),
    ),
}  # fmt: skip
HONEST = {"honest one", "honest two"}
LISTINGS = {
    f"92000000{product}{place:03}": (asin, planted)
    for product, (asin, (_, _, offers)) in enumerate(GOODS.items(), start=1)
    for place, planted in enumerate(offers)
}


class JudgedMarket(SellerMarket):
    """Serves these goods."""

    def answer(self, seen: Seen) -> Answer:
        if seen.platform == "amazon":
            rank_and_row = [
                {"rank": rank, "title": title, "asin": asin, "price": goods_price(price, f"${price}")}
                for rank, (asin, (title, price, _)) in enumerate(GOODS.items(), start=1)
            ]
            return rainforest_list(rank_and_row, "judged", current_page=1, total_pages=1)
        asin = next((asin for asin, (title, *_) in GOODS.items() if title.split()[0] in seen.query), None)
        found = {item: planted for item, (of, planted) in LISTINGS.items() if of == asin}
        price = GOODS[asin][1] if asin else 5.0
        cards = [
            newer(
                int(item),
                one.title,
                f"${price:.2f}",
                lines=["Free delivery"],
                seller=seller_line(one.seller, "99% (9)"),
            )
            for item, one in found.items()
        ] or [newer(900_000_000_777, "Anything", "$5.00", lines=["Free delivery"])]
        return search_page(cards, next_page=False, credits=self.page_credits)


@pytest.fixture(scope="module")
def world(
    stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, Finished]]:
    folder = tmp_path_factory.mktemp("judged")
    with open_world("judged", stack, _migrated_template, folder, market=JudgedMarket()) as opened:
        run = opened.execute("judged", {"categories": ["judged"], "job_id": "judged"}, "collect_sellers")
        assert run.exit_code == 0, run.stderr[-3000:]
        yield opened, run


@pytest.fixture
async def client(world: tuple[World, Finished]) -> AsyncIterator[httpx.AsyncClient]:
    app, _ = fake_app(world[0].database_url)
    async with client_of(app, make_token(app)) as opened:
        yield opened
    app.state.services.close()


def test_every_listing_is_judged_with_the_right_band_and_reason(world: tuple[World, Finished]) -> None:
    kept = {row["item_id"]: row for row in rows(world[0].database_url, "SELECT * FROM collection_items")}
    assert kept.keys() == LISTINGS.keys()
    for item, (_, planted) in LISTINGS.items():
        row = kept[item]
        assert row["match_band"] in planted.bands, (planted, row["match_probability"], row["match_reasons"])
        against = [one["name"] for one in row["match_reasons"] if one["effect"] in ("bars", "refutes")]
        assert planted.reason is None or planted.reason in against, (planted, row["match_reasons"])
        assert all(one["sentence"] for one in row["match_reasons"])
        assert row["matcher_version"]


def test_every_listing_leads_to_the_paid_call_that_it_came_from(world: tuple[World, Finished]) -> None:
    led = rows(
        world[0].database_url,
        "SELECT i.item_id, c.request->'params'->>'url' AS url, c.state FROM collection_items i "
        "LEFT JOIN api_calls c ON c.job_id = i.job_id AND c.provider = 'scraperapi' "
        "AND c.fingerprint = i.call_fingerprint",
    )
    assert len(led) == len(LISTINGS)
    for row in led:
        assert row["state"] == "settled"
        assert GOODS[LISTINGS[row["item_id"]][0]][0].split()[0] in row["url"]


def test_what_is_counted_adds_up(world: tuple[World, Finished]) -> None:
    counted = world[1].metadata["seller_summary"]
    states = ("accepted", "in_review", "rejected", "not_judged")
    assert counted["job_listings"] == len(LISTINGS) == sum(counted[f"job_listings_{state}"] for state in states)
    sellers = {planted.seller for _, planted in LISTINGS.values()}
    assert counted["job_sellers"] == len(sellers) == sum(counted[f"job_sellers_{state}"] for state in states)
    assert (counted["job_listings_accepted"], counted["job_sellers_accepted"]) == (3, 2)


async def names(client: httpx.AsyncClient, **filters: Any) -> set[str]:
    answer = await client.get("/api/collection/sellers", params=filters)
    assert answer.status_code == 200, answer.text
    return {seller["seller_name"] for seller in answer.json()["sellers"]}


async def test_sellers_of_anything_else_are_not_in_the_list_of_accepted(client: httpx.AsyncClient) -> None:
    assert await names(client, match="accept") == HONEST
    assert await names(client, min_products=1) == HONEST
    others = {planted.seller for _, planted in LISTINGS.values()} - HONEST
    in_review, rejected = await names(client, match="review"), await names(client, match="reject")
    assert in_review | rejected == others
    assert not in_review & rejected
    assert await names(client, match="not_judged") == set()


async def test_a_seller_s_numbers_are_those_of_its_listings(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/api/collection/sellers")).json()["sellers"]
    for seller in listed:
        detail = (await client.get(f"/api/collection/sellers/{seller['id']}")).json()
        bands = [item["match"]["band"] for item in detail["items"]]
        assert [seller["accepted"], seller["in_review"], seller["rejected"], seller["not_judged"]] == [
            *(bands.count(band) for band in ("accept", "review", "reject")), 0,
        ]  # fmt: skip
    (honest,) = [seller for seller in listed if seller["seller_name"] == "honest one"]
    assert (honest["products"], honest["accepted"]) == (2, 2)


def test_a_changed_judgement_is_counted_anew_also_where_two_listings_swap(world: tuple[World, Finished]) -> None:
    url = world[0].database_url
    swap = (
        "UPDATE collection_items SET match_band = CASE match_band WHEN 'accept' THEN 'reject' ELSE 'accept' END "
        "WHERE item_id IN ('920000001000', '920000001003') RETURNING seller_id"
    )
    select = "SELECT seller_name, accepted, rejected FROM sellers WHERE seller_name IN ('honest one', 'boxes only')"
    before = {row["seller_name"]: (row["accepted"], row["rejected"]) for row in rows(url, select)}
    for expected in ({"honest one": (1, 1), "boxes only": (1, 0)}, before):
        rows(url, swap)
        database = Database(url)
        refresh_products(database, "default")
        database.close()
        assert {row["seller_name"]: (row["accepted"], row["rejected"]) for row in rows(url, select)} == expected
