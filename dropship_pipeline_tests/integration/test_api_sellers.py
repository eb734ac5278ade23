"""The routes about sellers and products: what they answer, to whom, and how a file that cannot be finished ends."""

import asyncio
import csv
import gc
import io
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from msgspec.structs import replace
from sqlalchemy import text

from dropship_pipeline.models import Money, Product
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.products.rows import ProductCatalogue
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline_tests.integration.api_client import client_of, make_token
from dropship_pipeline_tests.integration.cli_runner import MOMENT, add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import add_job_product, add_listing, add_product, add_seen_seller

SELLERS = "/api/collection/sellers"
EXPORT = f"{SELLERS}/export"
PRODUCTS = "/api/collection/products"
_FILL = text(
    """
    INSERT INTO sellers (org_id, seller_name, seller_name_normalized, first_seen_at, last_seen_at, first_job_id,
                         source_products)
    SELECT 'default', 'Seller ' || n, 'seller ' || n, now(), now(), 'job', jsonb_build_array(repeat('x', 1500))
    FROM generate_series(1, 20000) n
    """
)


_CUT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


async def _read_on(pieces: AsyncIterator[bytes]) -> None:
    async for _ in pieces:
        pass


async def got(client: httpx.AsyncClient, path: str, **params: Any) -> Any:
    answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_the_prices_of_a_product_are_told_with_their_jobs_and_filter_the_list(
    reader: httpx.AsyncClient, database: Database, records: RunRecords
) -> None:
    run_id = add_run(records, "d1", "one")
    product = Product(platform="ebay", product_id="a/b 1", title="Lamp", url="https://a.example/")
    for job, cents in (("one", 1_000), ("two", 1_250)):
        priced = replace(product, price=Money(cents, "USD"))
        ProductCatalogue(database, "default").save(priced, job, None, None)
    add_product(database, "B2")
    (row,) = (await got(reader, PRODUCTS, moved="up", seen_by_run_id=run_id, min_price_cents=1_250))["products"]
    assert (row["product_id"], row["collection_count"]) == ("a/b 1", 2)
    assert row["previous_price"] == {"cents": 1_000, "currency": "USD"}
    prices = (await got(reader, f"{PRODUCTS}/prices", platform="ebay", product_id="a/b 1"))["prices"]
    assert [(one["job_id"], one["run_id"], one["price"]["cents"]) for one in prices] == [
        ("two", None, 1_250), ("one", run_id, 1_000),
    ]  # fmt: skip
    exported = await got(reader, f"{PRODUCTS}/export", moved="up")
    assert [one["product_id"] for one in exported] == ["a/b 1"]
    missing = await reader.get(f"{PRODUCTS}/prices", params={"platform": "amazon", "product_id": "a/b 1"})
    assert missing.status_code == 404
    wrong = await reader.get(PRODUCTS, params={"min_price_cents": -1})
    assert wrong.status_code == 422


async def test_a_seller_is_found_sorted_and_counted(reader: httpx.AsyncClient, database: Database) -> None:
    for name, count in (("Blue Shop", 3), ("Blue Barn", 9), ("Red", 1)):
        add_seller(database, name, feedback_count=count)
    page = await got(reader, SELLERS, search=" BLUE", sort="feedback")
    assert [seller["seller_name"] for seller in page["sellers"]] == ["Blue Barn", "Blue Shop"]
    assert (page["total"], page["total_is_exact"], page["next_cursor"]) == (2, True, None)
    assert page["sellers"][0]["first_seen_at"] == "2026-03-01T12:00:00Z"
    ordered = await got(reader, SELLERS, sort="name", order="desc")
    assert [seller["seller_name"] for seller in ordered["sellers"]] == ["Red", "Blue Shop", "Blue Barn"]


async def test_a_seller_says_which_products_led_to_it_and_in_which_run(
    reader: httpx.AsyncClient, database: Database
) -> None:
    sources = [{"asin": "A1", "title": "Lamp", "run_id": 3}, {"asin": "A2", "title": "Kettle", "run_id": 4}]
    seller_id = add_seller(database, "Blue Shop", source_products=sources)
    add_seller(database, "Red")
    listed = await got(reader, SELLERS, sort="name")
    assert [seller["source_products"] for seller in listed["sellers"]] == [sources, []]
    alone = await got(reader, f"{SELLERS}/{seller_id}")
    assert alone["seller"]["source_products"] == sources


async def test_pages_follow_each_other_to_the_end(reader: httpx.AsyncClient, database: Database) -> None:
    for name in "abcde":
        add_seller(database, name)
    names = ""
    cursor: dict[str, Any] = {}
    for _ in range(3):
        page = await got(reader, SELLERS, sort="name", page_size=2, **cursor)
        names += "".join(seller["seller_name"] for seller in page["sellers"])
        assert (page["total"] is None) == bool(cursor)
        cursor = {"cursor": page["next_cursor"]}
    assert (names, cursor) == ("abcde", {"cursor": None})


async def test_pages_can_be_had_by_their_number_too(reader: httpx.AsyncClient, database: Database) -> None:
    for name in "abcde":
        add_seller(database, name)
        add_product(database, f"B{name}", title=name)
    for path, member, name in ((SELLERS, "sellers", "seller_name"), (PRODUCTS, "products", "title")):
        sort = {"sort": "name" if member == "sellers" else "title"}
        pages = [await got(reader, path, page=number, page_size=2, **sort) for number in (1, 2, 3, 4)]
        assert [[row[name] for row in page[member]] for page in pages] == [["a", "b"], ["c", "d"], ["e"], []]
        assert [(page["page"], page["page_size"]) for page in pages] == [(1, 2), (2, 2), (3, 2), (4, 2)]
        behind = await got(reader, path, cursor=pages[0]["next_cursor"], page_size=2, **sort)
        assert (behind[member], behind["page"]) == (pages[1][member], None)
        both = await reader.get(path, params={"page": 2, "cursor": pages[0]["next_cursor"], **sort})
        assert both.status_code == 422
    assert [(await got(reader, SELLERS, page=n, page_size=2))["total"] for n in (1, 3)] == [5, 5]


async def test_a_page_that_is_too_far_away_for_its_number_names_the_other_way(reader: httpx.AsyncClient) -> None:
    for page in (1_000, 1_000_000):
        answer = await reader.get(SELLERS, params={"page": page, "page_size": 500})
        assert (answer.status_code, "next_cursor" in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize(
    "query",
    [
        "page_size=0", "page_size=501", "sort=price", "order=up", "min_products=-1", "min_products=2147483648",
        "first_seen_after=2026-01-01T00:00:00", "first_seen_after=soon", "first_seen_after=0.5",
        "cursor=none", "cursor=", "new_only=perhaps", "page=0", "page=two", "page=1000001",
    ],
)  # fmt: skip
async def test_a_parameter_that_does_not_fit_is_said(reader: httpx.AsyncClient, query: str) -> None:
    answer = await reader.get(f"{SELLERS}?{query}")
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:dropship:request-invalid")


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-03-01T12:00:00Z"])
async def test_no_moment_is_too_early_or_too_late_for_the_filter(reader: httpx.AsyncClient, moment: str) -> None:
    assert (await got(reader, SELLERS, first_seen_after=moment))["sellers"] == []


async def test_the_evidence_names_only_pictures_of_our_own_and_web_addresses(
    reader: httpx.AsyncClient, database: Database, records: RunRecords
) -> None:
    run_id, seller_id = add_run(records, "d1"), add_seller(database, "<script>alert(1)</script>")
    add_seen_seller(database, seller_id, runs=[run_id])
    add_job_product(database, image_url="https://m.media-amazon.com/a.jpg", url="javascript:alert(1)")
    add_listing(database, run_id, seller_id, image_url="https://i.ebayimg.com/a.jpg")
    found = await got(reader, f"{SELLERS}/{seller_id}")
    (item,) = found["items"]
    assert item["product"]["image"] == "/media/job-products/job/A1"
    assert (item["product"]["url"], item["product"]["price"]) == (None, {"cents": 2_000, "currency": "USD"})
    assert item["listing"]["image"] == "/media/listings/job/A1/1"
    assert item["listing"]["price"] == {"cents": 2_150, "currency": "USD"}
    assert item["listing"]["shipping"] == {"cents": 0, "currency": "USD"}
    assert (found["seller"]["products"], found["runs"][0]["run_id"], found["products"][0]["asin"]) == (1, run_id, "A1")
    assert found["seller"]["seller_name"] == "<script>alert(1)</script>"


async def test_a_product_is_listed_with_what_it_costs_and_where_its_picture_is(
    reader: httpx.AsyncClient, database: Database, records: RunRecords
) -> None:
    run_id = add_run(records, "d1")
    add_product(database, image_sha256="a" * 64, image_key="images/aa/a.jpg", query="lamps")
    add_product(database, "B2", price_cents=None, currency=None, price_raw="ask", last_seen_at=MOMENT - timedelta(1))
    first, second = (await got(reader, PRODUCTS, run_id=run_id))["products"]
    assert (first["price"], first["price_raw"]) == ({"cents": 1_999, "currency": "USD"}, "$19.99")
    assert (first["image"], first["query"], first["last_run_id"]) == (f"/media/images/{'a' * 64}", "lamps", run_id)
    assert (second["price"], second["price_raw"], second["image"]) == (None, "ask", None)
    assert (await got(reader, PRODUCTS, platform="ebay"))["products"] == []
    assert (await reader.get(PRODUCTS, params={"cursor": "none"})).status_code == 422


async def test_another_org_sees_nothing_on_any_of_these_routes(
    app: FastAPI, database: Database, records: RunRecords
) -> None:
    run_id, seller_id = add_run(records, "d1"), add_seller(database, "secret")
    add_listing(database, run_id, seller_id)
    add_product(database, title="secret")
    async with client_of(app, make_token(app, "admin.*", org="other")) as other:
        assert (await got(other, SELLERS)) == {
            "sellers": [], "page": 1, "page_size": 50, "next_cursor": None, "total": 0, "total_is_exact": True,
        }  # fmt: skip
        assert (await got(other, PRODUCTS, run_id=run_id, job_id="job"))["products"] == []
        assert (await got(other, EXPORT, format="json")) == []
        answer = await other.get(f"{SELLERS}/{seller_id}")
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:dropship:not-found")


async def test_an_export_holds_what_the_filters_leave_and_nothing_that_a_spreadsheet_would_run(
    reader: httpx.AsyncClient, database: Database
) -> None:
    for name in ("=cmd|' /C calc'!A0", "=shop", "other"):
        add_seller(database, name)
    file = await reader.get(EXPORT, params={"format": "csv", "search": "="})
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert file.headers["content-disposition"] == 'attachment; filename="sellers.csv"'
    rows = list(csv.DictReader(io.StringIO(file.text, newline="")))
    assert [row["seller_name"] for row in rows] == ["'=cmd|' /C calc'!A0", "'=shop"]
    in_json = await got(reader, EXPORT, search="=")  # JSON unless another form is named
    assert [row["seller_name"] for row in in_json] == ["=cmd|' /C calc'!A0", "=shop"]
    assert (await got(reader, EXPORT, format="json", min_products=1)) == []
    assert (await got(reader, EXPORT, format="json", first_seen_after=MOMENT.isoformat())) == []
    assert (await reader.get(EXPORT, params={"format": "xml"})).status_code == 422


# psycopg cannot close a cursor whose connection is dead, and then complains that it was not closed.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <function ServerCursorMixin")
@pytest.mark.parametrize("form", ["csv", "json"])
async def test_a_file_that_breaks_off_is_not_taken_for_a_whole_one(
    app: FastAPI, app_url: str, database: Database, form: str
) -> None:
    with database.begin() as connection:
        connection.execute(_FILL)
    headers = {"Authorization": f"Bearer {make_token(app).get_secret_value()}"}
    async with (
        httpx.AsyncClient(base_url=app_url, headers=headers, trust_env=False, timeout=60) as client,
        client.stream("GET", EXPORT, params={"format": form}) as answer,
    ):
        assert answer.status_code == 200
        pieces = answer.aiter_raw()
        while b"Seller 1" not in await anext(pieces):
            pass  # the first piece is sent before the rows are asked for
        with database.begin() as connection:
            connection.execute(_CUT)
        with pytest.raises(httpx.RemoteProtocolError):
            await _read_on(pieces)
    gc.collect()


async def test_a_reader_who_goes_away_gives_the_database_connection_back(
    app: FastAPI, app_url: str, database: Database
) -> None:
    with database.begin() as connection:
        connection.execute(_FILL)
    headers = {"Authorization": f"Bearer {make_token(app).get_secret_value()}"}
    pool = app.state.services.database.engine.pool
    async with httpx.AsyncClient(base_url=app_url, headers=headers, trust_env=False, timeout=60) as client:
        async with client.stream("GET", EXPORT, params={"format": "json"}) as answer:
            pieces = answer.aiter_raw()
            await anext(pieces)  # may be the opening bracket alone, which needs no row
            await anext(pieces)
            assert pool.checkedout() == 1
        async with asyncio.timeout(30):
            while pool.checkedout():
                await asyncio.sleep(0.01)


async def test_the_export_of_a_database_that_does_not_answer_is_a_problem_and_no_file(app: FastAPI) -> None:
    token = make_token(app)
    async with client_of(app, token) as reader:
        with app.state.services.database.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE stale_sellers RENAME TO elsewhere")
        answer = await reader.get(EXPORT, params={"format": "csv"})
    assert answer.status_code == 503
    assert json.loads(answer.text)["detail"].endswith("run `dropship migrate`")
