"""All parts of the sandbox marketplace under one address."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from dropship_pipeline.sandbox.amazon.rainforest_api import RainforestApi
from dropship_pipeline.sandbox.catalogue.catalogue import Catalogue
from dropship_pipeline.sandbox.ebay.scraperapi_api import ScraperApi
from dropship_pipeline.sandbox.server.control import Control, for_programs
from dropship_pipeline.sandbox.server.faults import Target
from dropship_pipeline.sandbox.server.image_host import ImageHost
from dropship_pipeline.sandbox.server.state import Sandbox, SandboxSettings
from dropship_pipeline.sandbox.server.wire import Metered


def create_app(catalogue: Catalogue | None = None, settings: SandboxSettings | None = None) -> Starlette:
    """Build the marketplace as an ASGI application; its `state.sandbox` is the `Sandbox` behind it.

    Args:
        catalogue: what is for sale; the default one of seed 7 if not given.
        settings: how it behaves at first.
    """
    sandbox = Sandbox(catalogue or Catalogue(), settings or SandboxSettings())
    rainforest, scraperapi = RainforestApi(sandbox), ScraperApi(sandbox)
    images, control = ImageHost(sandbox), Control(sandbox)

    def metered(target: Target) -> list[Middleware]:
        return [Middleware(Metered, meter=sandbox.meters[target])]

    changeable = ["GET", "PUT", "DELETE"]
    app = Starlette(
        routes=[
            Route("/rainforest/request", rainforest.request, middleware=metered("rainforest")),
            Route("/rainforest/categories", rainforest.categories, middleware=metered("rainforest")),
            Route("/rainforest/account", rainforest.account),
            Route("/scraperapi", scraperapi.scrape, middleware=metered("scraperapi")),
            Route("/scraperapi/", scraperapi.scrape, middleware=metered("scraperapi")),
            Route("/scraperapi/structured/ebay/search", scraperapi.search_v1, middleware=metered("scraperapi")),
            Route("/scraperapi/structured/ebay/search/v2", scraperapi.search_v2, middleware=metered("scraperapi")),
            Route("/scraperapi/account", scraperapi.account),
            Route("/images/{name:path}", images.serve, middleware=metered("images")),
            Route("/_control/faults", for_programs(control.faults), methods=changeable),
            Route("/_control/settings", for_programs(control.settings), methods=changeable),
            Route("/_control/stats", for_programs(control.stats), methods=["GET", "DELETE"]),
            Route("/healthz", control.health),
        ]
    )
    app.state.sandbox = sandbox
    return app
