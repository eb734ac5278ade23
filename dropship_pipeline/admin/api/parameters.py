"""Parameters that several routes share."""

from typing import Annotated

from fastapi import Depends, Path, Query

from dropship_pipeline.admin.access import Principal, require
from dropship_pipeline.admin.collections import MAX_RUN_ID
from dropship_pipeline.storage.run_list import MAX_PAGE, MAX_PAGE_SIZE

PREFIX = "/api/collection"

Reader = Annotated[Principal, Depends(require("collection.read"))]
Runner = Annotated[Principal, Depends(require("collection.run"))]
RunId = Annotated[int, Path(ge=1, le=MAX_RUN_ID, description="Number of a run")]
Page = Annotated[int, Query(ge=1, le=MAX_PAGE, description="Which page, from 1")]
PageSize = Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE, description="Rows a page")]
