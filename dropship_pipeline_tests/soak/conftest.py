"""What several soaking tests start, once a module: servers that may be killed, and a sandbox marketplace."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from dropship_pipeline.localstack.home import StackHome
from dropship_pipeline_tests.conftest import LocalServers
from dropship_pipeline_tests.soak import kills


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServers]:
    """Servers of this module's own, as durable as `dropship up` has them."""
    home = StackHome(tmp_path_factory.mktemp("servers"))
    started = LocalServers(home, options=())
    with home.lock(), ExitStack() as stops:
        for service in (started.postgres, started.s3):
            stops.callback(service.stop)
            service.start()
        yield started


@pytest.fixture(scope="module")
def sandbox_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A sandbox marketplace of this module's own, whose counts nobody else changes."""
    with kills.sandbox(tmp_path_factory.mktemp("sandbox")) as url:
        yield url
