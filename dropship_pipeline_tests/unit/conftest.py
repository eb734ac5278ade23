"""What the tests of fetching pictures have in common: a real server, and a fetcher that may reach it."""

from collections.abc import AsyncIterator

import pytest

from dropship_pipeline.storage.images.fetch import GuardedFetcher
from dropship_pipeline_tests.image_host import IMAGE, LIMITS, ImageHost, answer, image_host


@pytest.fixture
async def host() -> AsyncIterator[ImageHost]:
    async with image_host() as server:
        server.routes["/a.jpg"] = answer(IMAGE)
        yield server


@pytest.fixture
async def fetcher(host: ImageHost) -> AsyncIterator[GuardedFetcher]:
    """May reach the test's server under its own address, and nothing else."""
    async with GuardedFetcher([host.authority], limits=LIMITS) as guarded:
        yield guarded
