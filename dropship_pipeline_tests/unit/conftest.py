"""What the tests of fetching pictures have in common."""

from collections.abc import AsyncIterator

import pytest

from dropship_pipeline.storage.images.fetch import GuardedFetcher
from dropship_pipeline_tests.image_host import LIMITS, ImageHost


@pytest.fixture
async def fetcher(host: ImageHost) -> AsyncIterator[GuardedFetcher]:
    """May reach the test's server under its own address, and nothing else."""
    async with GuardedFetcher([host.authority], limits=LIMITS) as guarded:
        yield guarded
