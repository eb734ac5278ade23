"""The sandbox marketplace as a server of the stack: something to collect from without keys and without paying."""

import sys
from http import HTTPStatus
from pathlib import Path

import httpx

from dropship_pipeline.localstack.processes import MARK, Child, server_environment
from dropship_pipeline.localstack.service import Service
from dropship_pipeline.settings import Settings


class Marketplace(Service):
    """Stands in for both marketplaces and the image host."""

    name = "sandbox"
    port_names = ("sandbox",)

    @property
    def url(self) -> str:
        """Where both marketplaces and the images are served."""
        return f"http://127.0.0.1:{self.home.state.ports['sandbox']}"

    def launch(self) -> Child:
        """Start it."""
        port = str(self.home.port("sandbox"))
        return Child(
            [sys.executable, "-m", "dropship_pipeline.sandbox.server", "--host", "127.0.0.1", "--port", port],
            log=self.home.log(self.name),
            cwd=Path.cwd(),
            environment=server_environment(**{MARK: self.mark}),
        )

    def is_ready(self) -> bool:
        """Its health page answers."""
        try:
            return httpx.get(f"{self.url}/healthz", trust_env=False).status_code == HTTPStatus.OK
        except httpx.TransportError:
            return False


def is_wanted(settings: Settings) -> bool:
    """Whether nothing names a live marketplace: neither a key nor a base URL."""
    live = (
        settings.rainforest_api_key,
        settings.scraperapi_key,
        settings.rainforest_base_url,
        settings.scraperapi_base_url,
    )
    return not any(live)
