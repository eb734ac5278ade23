"""Parameters that several routes share, and the refusal of those that a route does not know."""

from collections import Counter
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request
from fastapi.exceptions import RequestValidationError

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
    Query(
        max_length=MAX_CURSOR_CHARS,
        pattern="^[A-Za-z0-9_-]+$",
        description="`next_cursor` of the page before, in place of `page`; as quick for the last page as for the first",
    ),
]
Stores = Annotated[Services, Depends(_services)]


def only_known(request: Request) -> None:
    """A dependency of every route: a parameter that it does not know, or one that is sent twice, is refused."""
    document: dict[str, Any] = request.app.openapi()
    operation = document["paths"][request.scope["route"].path_format][request.method.lower()]
    known = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
    sent = Counter(name for name, _ in request.query_params.multi_items())
    wrong = [(name, _unknown(name, known)) for name in sent if name not in known]
    wrong += [(name, f"is sent {times} times: send it once") for name, times in sent.items() if times > 1]
    if wrong:
        raise RequestValidationError([{"loc": ("query", name[:40]), "msg": said} for name, said in wrong])


def _unknown(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, 1)
    if near:
        return f"is no parameter of this route: did you mean {near[0]}?"
    return f"is no parameter of this route: there are {', '.join(known)}" if known else "this route has no parameters"
