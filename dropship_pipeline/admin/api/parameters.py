"""Parameters that several routes share."""

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from dropship_pipeline.admin.auth.access import Principal, require
from dropship_pipeline.admin.runs import MAX_RUN_ID
from dropship_pipeline.admin.services import Services
from dropship_pipeline.storage.database.cursor_pages import MAX_CURSOR_CHARS
from dropship_pipeline.storage.runs.reports import MAX_PAGE, MAX_PAGE_SIZE

PREFIX = "/api/collection"
MAX_ID = 2**63 - 1


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Reader = Annotated[Principal, Depends(require("collection.read"))]
Reviewer = Annotated[Principal, Depends(require("collection.review"))]
Runner = Annotated[Principal, Depends(require("collection.run"))]
RunId = Annotated[int, Path(ge=1, le=MAX_RUN_ID, description="Number of a run")]
Page = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Which page, from 1")]
PageSize = Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE, description="Rows a page")]
Cursor = Annotated[
    str | None,
    Query(max_length=MAX_CURSOR_CHARS, pattern="^[A-Za-z0-9_-]+$", description="`next_cursor` of the page before"),
]
Stores = Annotated[Services, Depends(_services)]
