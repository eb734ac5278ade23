"""The quota over real HTTP. How exactly it is met is a figure of `make bench`: a busy machine delays what arrives."""

import pytest

from dropship_pipeline_tests.quota_server import PER_SECOND, arrivals_of, share_of_quota, shortest_span

CALLS = 300
pytestmark = pytest.mark.soak


async def test_calls_neither_outrun_the_quota_at_the_server_nor_leave_it_unused() -> None:
    arrivals = await arrivals_of(CALLS)
    assert len(arrivals) == CALLS
    # One call may be held up on its way, and then arrive in the second of the one after it.
    assert shortest_span(arrivals, PER_SECOND + 2) >= 1.0
    assert share_of_quota(arrivals) >= 0.9
