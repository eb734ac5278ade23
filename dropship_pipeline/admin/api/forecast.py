"""Routes that forecast what a run takes, before it costs anything."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from dropship_pipeline.admin.api.parameters import PREFIX, Reader
from dropship_pipeline.admin.api.run_models import NamedProducts
from dropship_pipeline.admin.problems import declared
from dropship_pipeline.admin.runs import Collections
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


class Forecast(BaseModel):
    """What a run would take at most."""

    providers: list[ProviderForecast]
    credits: int
    seconds: int = Field(description="Of the whole run: for sellers the providers are asked one after the other")


@router.post("/forecast")
async def forecast_run(
    request: Request,
    who: Reader,
    body: Annotated[ForecastProducts | ForecastSellers, Field(discriminator="job")],
) -> Forecast:
    """Expected calls, credits and seconds of a run; nothing is asked or paid."""
    shares, seconds = await Collections(request.app.state.services, who.org).forecast(body.config)
    rows = [
        ProviderForecast(
            provider=provider,
            calls=share.calls,
            credits=share.credits,
            seconds=share.seconds,
            from_history=share.from_history,
        )
        for provider, share in shares.items()
    ]
    return Forecast(
        providers=rows,
        credits=sum(row.credits for row in rows),
        seconds=seconds,
    )
