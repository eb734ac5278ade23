"""What several soaking tests start, once a module: servers that may be killed, and a sandbox marketplace."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count

import pytest

from dropship_pipeline.localstack.home import StackHome
from dropship_pipeline_tests.blackbox.market import Market
from dropship_pipeline_tests.blackbox.runs import World, open_world
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.soak import kills

MakeWorld = Callable[[Market], World]
_numbers = count(1)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServers]:
    """Servers of this module's own, as durable as `dropship up` has them."""
    with LocalServers(StackHome(tmp_path_factory.mktemp("servers")), options=()).running() as started:
        yield started


@pytest.fixture
def make_world(
    stack: LocalServers, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MakeWorld]:
    """Makes worlds around a market, each new; their runs start as a shell starts them, and can be killed so."""
    with ExitStack() as opened:

        def make(market: Market) -> World:
            name = f"kills{next(_numbers)}"
            folder = tmp_path_factory.mktemp(name)
            return opened.enter_context(open_world(name, stack, _migrated_template, folder, market=market, cold=True))

        yield make


@pytest.fixture(scope="module")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A sandbox marketplace of this module's own, whose counts nobody else changes."""
    with kills.sandbox(tmp_path_factory.mktemp("sandbox")) as url:
        yield url
