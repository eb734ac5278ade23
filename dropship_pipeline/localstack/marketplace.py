"""The sandbox marketplace as a server of the stack: something to collect from without keys and without paying."""

from dropship_pipeline.localstack.processes import Child, server_environment
from dropship_pipeline.localstack.service import WebService
from dropship_pipeline.settings import Settings


class Marketplace(WebService):
    """Stands in for both marketplaces and the image host."""

    name = "sandbox"
    port_names = ("sandbox",)
    health_path = "/healthz"

    def launch(self) -> Child:
        """Start it."""
        address = ("--host", "127.0.0.1", "--port", str(self.home.port("sandbox")))
        return self.launch_module("dropship_pipeline.sandbox.server", *address, environment=server_environment())


def is_wanted(settings: Settings) -> bool:
    """Whether nothing names a live marketplace: neither a key nor a base URL."""
    live = (
        settings.rainforest_api_key,
        settings.scraperapi_key,
        settings.rainforest_base_url,
        settings.scraperapi_base_url,
    )
    return not any(live)
