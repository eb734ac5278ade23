"""Routes that say whether the server's services answer, and that serve its metrics to Prometheus."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, Field

from dropship_pipeline.admin.api.parameters import PREFIX, Reader
from dropship_pipeline.admin.auth.access import Principal, require
from dropship_pipeline.admin.problems import declared
from dropship_pipeline.admin.services import Services
from dropship_pipeline.errors import RunFatal
from dropship_pipeline.storage.upkeep.metrics import render

router = APIRouter(prefix=PREFIX, tags=["operation"], responses=declared())
# Names no object: only whether the store answers is of interest.
PROBED_KEY = "health"

State = Literal["ok", "unavailable"]


class Health(BaseModel):
    """What answers."""

    status: Literal["ok", "degraded"] = Field(description="ok: everything answers")
    database: State
    objects: State = Field(description="The store of images and raw answers")
    dagster: State = Field(description="What starts and stops runs")


@router.get("/health")
async def health(request: Request, who: Reader) -> Health:
    """Whether the object store and Dagster answer; where Postgres does not, the answer is a 503."""
    services: Services = request.app.state.services
    database, objects, dagster = await asyncio.gather(
        asyncio.to_thread(_answers, services.database.ping),
        asyncio.to_thread(_answers, lambda: services.objects.get(PROBED_KEY)),
        services.dagster.is_available(),
    )
    well = database and objects and dagster
    return Health(
        status="ok" if well else "degraded",
        database=_state(database),
        objects=_state(objects),
        dagster=_state(dagster),
    )


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {CONTENT_TYPE_LATEST: {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request, who: Annotated[Principal, Depends(require("collection.read"))]) -> Response:
    """Figures of runs, calls and credits in the text format of Prometheus."""
    services: Services = request.app.state.services
    return Response(await asyncio.to_thread(render, services.database, who.org), media_type=CONTENT_TYPE_LATEST)


def _answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except RunFatal:
        return False
    return True


def _state(answers: bool) -> State:
    return "ok" if answers else "unavailable"
