"""The sandbox's image host: the pictures, conditional requests, and what goes wrong there."""

import io
from collections.abc import AsyncIterator

import httpx
import pytest
from PIL import Image, ImageStat

from dropship_pipeline.sandbox.catalogue import pictures
from dropship_pipeline.sandbox.catalogue.catalogue import Catalogue
from dropship_pipeline.sandbox.catalogue.pictures import PictureCache, draw
from dropship_pipeline.sandbox.catalogue.products import KINDS
from dropship_pipeline.sandbox.catalogue.silhouettes import SILHOUETTES
from dropship_pipeline.sandbox.server.app import create_app
from dropship_pipeline_tests.unit.sandbox_catalogue import CATALOGUE

PHOTOS = [product for product in CATALOGUE.products if product.image == "photo"]
LISTINGS = [row for product in CATALOGUE.products[:300] for row in CATALOGUE.listings_of(product.asin)]
URL = f"/images/{PHOTOS[0].image_name}"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=create_app(CATALOGUE))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        yield client


async def meet(client: httpx.AsyncClient, fault: str, **conditions: object) -> httpx.Response:
    rule = {"target": "images", "fault": fault, **conditions}
    assert (await client.put("/_control/faults", json={"rules": [rule]})).status_code == 200
    return await client.get(URL)


async def test_an_amazon_picture_is_a_jpeg_of_ordinary_size(client: httpx.AsyncClient) -> None:
    for product in PHOTOS[:20]:
        answer = await client.get(f"/images/{product.image_name}")
        assert answer.headers["content-type"] == "image/jpeg"
        assert Image.open(io.BytesIO(answer.content)).size == (500, 500)
        assert 20_000 <= len(answer.content) <= 60_000


async def test_no_two_products_share_a_picture(client: httpx.AsyncClient) -> None:
    bodies = {(await client.get(f"/images/{product.image_name}")).content for product in PHOTOS[:40]}
    assert len(bodies) == 40


async def test_a_picture_has_the_same_bytes_in_every_process_that_draws_it(client: httpx.AsyncClient) -> None:
    transport = httpx.ASGITransport(app=create_app(Catalogue(seed=7)))
    async with httpx.AsyncClient(transport=transport, base_url="http://other.test") as other:
        assert (await other.get(URL)).content == (await client.get(URL)).content


@pytest.mark.parametrize("image_format", ["webp", "jpg", "png"])
async def test_an_ebay_picture_has_the_format_of_its_name_and_other_bytes_than_amazons(
    client: httpx.AsyncClient, image_format: str
) -> None:
    listing = next(row for row in LISTINGS if row.picture == "same" and row.picture_format == image_format)
    answer = await client.get(f"/images/{listing.image_name}")
    amazon = await client.get(f"/images/{CATALOGUE.product(listing.asin).image_name}")
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.size == (listing.picture_size, listing.picture_size)
    assert picture.format == {"webp": "WEBP", "jpg": "JPEG", "png": "PNG"}[image_format]
    assert answer.content != amazon.content or listing.picture_size == pictures.SIDE


async def test_the_placeholder_is_a_gif_of_one_pixel(client: httpx.AsyncClient) -> None:
    answer = await client.get("/images/G/01/x-locale/common/grey-pixel.gif")
    assert Image.open(io.BytesIO(answer.content)).size == (1, 1)


@pytest.mark.parametrize("name", ["I/71AAAAAAAAA.jpg", "g/200000000099AAOSw/s-l500.webp", "nothing.jpg", "I/../x"])
async def test_a_picture_that_does_not_exist_is_not_found(client: httpx.AsyncClient, name: str) -> None:
    assert (await client.get(f"/images/{name}")).status_code == 404


@pytest.mark.parametrize(("header", "source"), [("If-None-Match", "etag"), ("If-Modified-Since", "last-modified")])
async def test_an_unchanged_picture_is_not_sent_again(client: httpx.AsyncClient, header: str, source: str) -> None:
    first = await client.get(URL)
    again = await client.get(URL, headers={header: first.headers[source]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


async def test_a_changed_picture_is_sent_again(client: httpx.AsyncClient) -> None:
    first = await client.get(URL)
    await client.put("/_control/settings", json={"picture_revision": 1})
    known = {"If-None-Match": first.headers["etag"], "If-Modified-Since": first.headers["last-modified"]}
    again = await client.get(URL, headers=known)
    assert again.status_code == 200
    assert again.content != first.content


async def test_an_unreadable_date_gets_the_picture(client: httpx.AsyncClient) -> None:
    assert (await client.get(URL, headers={"If-Modified-Since": "yesterday"})).status_code == 200


@pytest.mark.parametrize("status", [403, 404, 429, 500, 503])
async def test_an_error_is_answered_as_one(client: httpx.AsyncClient, status: int) -> None:
    assert (await meet(client, f"http_{status}")).status_code == status


@pytest.mark.parametrize(
    ("fault", "start"),
    [("empty", b""), ("html", b"<!DOCTYPE"), ("wrong_extension", b"\x89PNG"), ("gif_placeholder", b"GIF8")],
)
async def test_another_body_comes_with_200(client: httpx.AsyncClient, fault: str, start: bytes) -> None:
    answer = await meet(client, fault)
    assert answer.status_code == 200
    assert answer.content.startswith(start)
    assert answer.headers["content-type"].startswith("image/")
    assert bool(answer.content) == bool(start)


@pytest.mark.parametrize(
    ("fault", "location"),
    [
        ("redirect_same_host", f"/images/moved/{PHOTOS[0].image_name}"),
        ("redirect_private", "http://10.0.0.1/latest/meta-data"),
        ("redirect_other_host", f"http://images.example.org/{PHOTOS[0].image_name}"),
        ("redirect_loop", URL),
    ],
)
async def test_a_redirect_leads_where_its_name_says(client: httpx.AsyncClient, fault: str, location: str) -> None:
    answer = await meet(client, fault)
    assert (answer.status_code, answer.headers["location"]) == (302, location)


async def test_a_redirect_can_lead_elsewhere(client: httpx.AsyncClient) -> None:
    answer = await meet(client, "redirect_private", location="http://[::1]/x.jpg")
    assert answer.headers["location"] == "http://[::1]/x.jpg"


async def test_a_moved_picture_is_the_same_picture(client: httpx.AsyncClient) -> None:
    original = await client.get(URL)
    moved = (await meet(client, "redirect_same_host")).headers["location"]
    assert (await client.get(moved)).content == original.content


async def test_a_slow_picture_arrives_whole_and_a_truncated_one_does_not(client: httpx.AsyncClient) -> None:
    original = (await client.get(URL)).content
    assert (await meet(client, "slow_drip", seconds=0.01)).content == original
    assert (await meet(client, "truncated")).content == original[: len(original) // 2]


async def test_a_picture_can_be_larger_than_any_cap_without_saying_so(client: httpx.AsyncClient) -> None:
    answer = await meet(client, "too_large")
    assert len(answer.content) > 15 * 1024 * 1024
    assert "content-length" not in answer.headers


async def test_a_bomb_is_small_and_would_be_huge(client: httpx.AsyncClient) -> None:
    answer = await meet(client, "bomb")
    assert len(answer.content) < 100_000
    with pytest.raises(Image.DecompressionBombError):
        Image.open(io.BytesIO(answer.content))


async def test_fetches_are_counted_per_url(client: httpx.AsyncClient) -> None:
    await client.get(URL)
    await client.get(URL)
    counts = (await client.get("/_control/stats")).json()["images"]
    assert counts["calls"][URL]["requests"] == 2
    assert counts["statuses"] == {"200": 2}


def test_the_cache_keeps_no_more_bytes_than_allowed() -> None:
    cache, drawn = PictureCache(limit=25), list[str]()

    def drawing(name: str) -> bytes:
        drawn.append(name)
        return bytes(10)

    for name in ("a", "b", "a", "c", "a", "b"):
        cache.get(name, lambda name=name: drawing(name))  # type: ignore[misc]
    assert drawn == ["a", "b", "c", "b"]


def test_a_picture_depends_on_its_seed_alone() -> None:
    assert draw(1, "x") == draw(1, "x")
    assert draw(1, "x") != draw(2, "x")


def test_every_kind_of_goods_in_the_catalogue_has_a_silhouette_of_its_own() -> None:
    kinds = [kind.name for _, kind in KINDS]
    assert sorted(SILHOUETTES) == sorted(kinds)
    assert len({draw(1, "same", kind=kind) for kind in (*kinds, None)}) == len(kinds) + 1


def test_goods_have_the_colour_that_their_title_names() -> None:
    red, teal = (_middle_of(draw(5, "x", kind="Notebook", colour=colour)) for colour in ("Red", "Teal"))
    assert red[0] - red[2] > 40
    assert teal[2] - teal[0] > 40


def _middle_of(data: bytes) -> tuple[float, ...]:
    """The mean colour in the middle of the picture, where the goods are."""
    middle = Image.open(io.BytesIO(data)).convert("RGB").crop((200, 200, 300, 300))
    return tuple(ImageStat.Stat(middle).mean)
