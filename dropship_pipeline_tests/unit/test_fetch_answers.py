"""What image hosts may answer: too much, too slowly, broken, or that nothing has changed."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import pytest

from dropship_pipeline.storage.images.fetch import Fetched, FetchLimits, GuardedFetcher, NotModified
from dropship_pipeline_tests.image_host import IMAGE, LIMITS, ImageHost, Request, answer, refused


async def test_an_image_that_is_announced_too_large_is_not_read(host: ImageHost, fetcher: GuardedFetcher) -> None:
    async def announce() -> AsyncIterator[bytes]:
        yield answer(headers=[("Content-Length", "100001")], length=False)
        await asyncio.sleep(60)

    host.routes["/large"] = lambda _: announce()
    assert (await refused(fetcher, host.url("/large"))).kind == "image_too_large"


async def test_an_endless_image_is_not_read_to_its_end(host: ImageHost, fetcher: GuardedFetcher) -> None:
    async def endless() -> AsyncIterator[bytes]:
        yield answer(length=False)
        while True:
            yield bytes(10_000)

    host.routes["/endless"] = lambda _: endless()
    assert (await refused(fetcher, host.url("/endless"))).kind == "image_too_large"


async def test_an_image_of_exactly_the_cap_is_not_refused(host: ImageHost, fetcher: GuardedFetcher) -> None:
    host.routes["/full"] = answer(bytes(100_000))
    fetched = await fetcher.fetch(host.url("/full"))
    assert isinstance(fetched, Fetched)
    assert len(fetched.data) == 100_000


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_compression_that_nobody_asked_for_does_not_cost_the_image(
    host: ImageHost, fetcher: GuardedFetcher, encoding: str, compress: type[bytes]
) -> None:
    host.routes["/packed"] = answer(compress(IMAGE), headers=[("Content-Encoding", encoding)])
    assert await fetcher.fetch(host.url("/packed")) == Fetched(IMAGE, None, None)


async def test_the_size_cap_counts_what_is_unpacked(host: ImageHost, fetcher: GuardedFetcher) -> None:
    packed = gzip.compress(bytes(50_000_000))
    assert len(packed) < LIMITS.max_bytes
    host.routes["/bomb"] = answer(packed, headers=[("Content-Encoding", "gzip")])
    assert (await refused(fetcher, host.url("/bomb"))).kind == "image_too_large"


async def test_a_bomb_is_not_unpacked_beyond_the_size_cap(host: ImageHost, fetcher: GuardedFetcher) -> None:
    host.routes["/bomb"] = answer(gzip.compress(bytes(50_000_000)), headers=[("Content-Encoding", "gzip")])
    tracemalloc.start()
    try:
        await refused(fetcher, host.url("/bomb"))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("encoding", "kind"), [("br", "image_http"), ("gzip", "image_invalid")])
async def test_a_compression_that_cannot_be_undone_is_not_stored_as_an_image(
    host: ImageHost, fetcher: GuardedFetcher, encoding: str, kind: str
) -> None:
    host.routes["/packed"] = answer(IMAGE, headers=[("Content-Encoding", encoding)])
    assert (await refused(fetcher, host.url("/packed"))).kind == kind


async def test_a_server_that_drips_does_not_hold_the_worker(host: ImageHost) -> None:
    async def drip() -> AsyncIterator[bytes]:
        yield answer(headers=[("Content-Length", "1000")], length=False)
        while True:
            await asyncio.sleep(0.01)
            yield b"\xff"

    host.routes["/slow"] = lambda _: drip()
    limits = FetchLimits(deadline_s=0.2, read_s=5)
    async with GuardedFetcher([host.authority], limits=limits) as fetcher:
        assert (await refused(fetcher, host.url("/slow"))).kind == "image_timeout"


async def test_a_server_that_says_nothing_does_not_hold_the_worker(host: ImageHost) -> None:
    async def silence() -> AsyncIterator[bytes]:
        await asyncio.sleep(60)
        yield b""

    host.routes["/silent"] = lambda _: silence()
    limits = FetchLimits(read_s=0.05, retry_pause_s=0)
    async with GuardedFetcher([host.authority], limits=limits) as fetcher:
        assert (await refused(fetcher, host.url("/silent"))).kind == "image_timeout"
    assert len(host.requests) == 2


async def test_an_image_that_was_cut_off_is_not_stored(host: ImageHost, fetcher: GuardedFetcher) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield answer(headers=[("Content-Length", "5000")], length=False) + IMAGE[:100]

    host.routes["/cut"] = lambda _: cut()
    assert (await refused(fetcher, host.url("/cut"))).kind == "image_network"


@pytest.mark.parametrize("failure", [500, 502, 503, 429])
async def test_a_passing_failure_does_not_cost_the_image(
    host: ImageHost, fetcher: GuardedFetcher, failure: int
) -> None:
    answers = [answer(status=failure), answer(IMAGE)]
    host.routes["/flaky"] = lambda _: answers.pop(0)
    assert isinstance(await fetcher.fetch(host.url("/flaky")), Fetched)


async def test_a_connection_that_breaks_once_does_not_cost_the_image(host: ImageHost, fetcher: GuardedFetcher) -> None:
    async def hang_up() -> AsyncIterator[bytes]:
        return
        yield

    def flaky(_: Request) -> bytes | AsyncIterator[bytes]:
        return hang_up() if len(host.requests) == 1 else answer(IMAGE)

    host.routes["/flaky"] = flaky
    assert isinstance(await fetcher.fetch(host.url("/flaky")), Fetched)


@pytest.mark.parametrize(("status", "asked"), [(500, 2), (429, 2), (404, 1), (403, 1), (204, 1), (206, 1), (304, 1)])
async def test_a_failure_is_not_asked_for_more_often_than_may_help(
    host: ImageHost, fetcher: GuardedFetcher, status: int, asked: int
) -> None:
    host.routes["/bad"] = answer(status=status)
    error = await refused(fetcher, host.url("/bad"))
    assert (error.kind, error.status, len(host.requests)) == ("image_http", status, asked)


async def test_validators_come_back_as_they_were_given(host: ImageHost, fetcher: GuardedFetcher) -> None:
    headers = [("ETag", 'W/"1"'), ("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT")]
    host.routes["/a.jpg"] = answer(IMAGE, headers=headers)
    fetched = await fetcher.fetch(host.url())
    assert fetched == Fetched(IMAGE, 'W/"1"', "Wed, 21 Oct 2015 07:28:00 GMT")


async def test_an_unchanged_image_is_not_sent_again(host: ImageHost, fetcher: GuardedFetcher) -> None:
    host.routes["/a.jpg"] = answer(status=304, length=False)
    when = "Wed, 21 Oct 2015 07:28:00 GMT"
    assert isinstance(await fetcher.fetch(host.url(), etag='"1"', last_modified=when), NotModified)
    headers = host.requests[0].headers
    assert (headers["if-none-match"], headers["if-modified-since"]) == ('"1"', when)


async def test_an_unchanged_image_does_not_cost_the_connection(host: ImageHost, fetcher: GuardedFetcher) -> None:
    host.routes["/same.jpg"] = answer(status=304, length=False)
    await fetcher.fetch(host.url("/same.jpg"), etag='"1"')
    await fetcher.fetch(host.url())
    assert host.connections == 1


@pytest.mark.parametrize("etag", ['"é"', '"' + "x" * 600 + '"'])
async def test_a_validator_that_could_not_be_sent_back_is_not_kept(
    host: ImageHost, fetcher: GuardedFetcher, etag: str
) -> None:
    host.routes["/a.jpg"] = answer(IMAGE, headers=[("ETag", etag)])
    assert await fetcher.fetch(host.url()) == Fetched(IMAGE, None, None)
