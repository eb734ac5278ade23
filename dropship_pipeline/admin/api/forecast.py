"""Routes that forecast what a run takes, before it costs anything."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from dropship_pipeline.admin.api.answers import Amount
from dropship_pipeline.admin.api.parameters import PREFIX, Reader, RunId
from dropship_pipeline.admin.api.run_models import Cost, NamedProducts
from dropship_pipeline.admin.problems import declared
from dropship_pipeline.admin.runs import Collections
from dropship_pipeline.admin.services import Services
from dropship_pipeline.collection.costs import Prices
from dropship_pipeline.collection.forecast import Share, spending
from dropship_pipeline.jobs.registry import ProductsJob, SellersJob
from dropship_pipeline.jobs.settings import SellersSettings
from dropship_pipeline.models import Provider

router = APIRouter(prefix=PREFIX, tags=["runs"], responses=declared())


class ForecastProducts(BaseModel):
    """Of a run that collects products."""

    model_config = ConfigDict(extra="forbid")

    job: ProductsJob
    config: NamedProducts


class ForecastSellers(BaseModel):
    """Of a run that finds sellers."""

    model_config = ConfigDict(extra="forbid")

    job: SellersJob
    config: SellersSettings


class ProviderForecast(BaseModel):
    """One provider's part."""

    provider: Provider
    calls: int
    credits: int
    seconds: int
    from_history: bool = Field(description="Whether credits are what earlier calls cost, not the usual price")
    cost: Amount | None = Field(description="What the credits cost; null where the provider's credit has no price set")


class Forecast(BaseModel):
    """What a run would take at most."""

    providers: list[ProviderForecast]
    credits: int = Field(description="Of both providers, as a budget counts them")
    cost: Cost
    seconds: int = Field(description="Of the whole run: for sellers the providers are asked one after the other")


@router.post("/forecast")
async def forecast_run(
    request: Request,
    who: Reader,
    body: Annotated[ForecastProducts | ForecastSellers, Field(discriminator="job")],
) -> Forecast:
    """Expected calls, credits, money and seconds of a run; nothing is asked or paid."""
    services: Services = request.app.state.services
    return _forecast(*await Collections(services, who.org).forecast(body.config), services.settings.credit_prices)


@router.get("/runs/{run_id}/forecast", responses=declared(404, 409))
async def forecast_resume(request: Request, who: Reader, run_id: RunId) -> Forecast:
    """Expected calls, credits, money and seconds of going on with a run: of what it has not been answered yet."""
    services: Services = request.app.state.services
    return _forecast(*await Collections(services, who.org).resume_forecast(run_id), services.settings.credit_prices)


def _forecast(shares: Mapping[Provider, Share], seconds: int, prices: Prices) -> Forecast:
    together = spending(shares, prices)
    rows = [
        ProviderForecast(**asdict(share), provider=provider, cost=Amount.of(together.money.get(provider)))
        for provider, share in shares.items()
    ]
    return Forecast(providers=rows, credits=together.total, cost=Amount.of(together.whole), seconds=seconds)
