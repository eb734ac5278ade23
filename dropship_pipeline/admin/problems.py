"""Problem documents (RFC 9457): every error as an answer that says what is wrong and what to do."""

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from dropship_pipeline.errors import (
    CollectionError,
    DagsterUnavailable,
    RequestInvalid,
    SettingsError,
    StorageUnavailable,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
MAX_FIELDS_NAMED = 20
# Pages that are served to anybody.
BEFORE_LOGIN = ("/login", "/logout")
AWAY = "The server cannot look up who may come in: try again in a moment; its log says more to those who run it"

logger = logging.getLogger(__name__)


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(description="Which kind of problem: an address that stays the same, e.g. `urn:dropship:conflict`")
    title: str = Field(description="The kind of problem in a few words")
    status: int = Field(description="The HTTP status")
    detail: str = Field(description="What is wrong with this request, and what to do")
    instance: str = Field(description="The path that was asked")


class ActionRefused(CollectionError):
    """What was asked of the admin page is not done; no run ends for it."""

    kind = "action_refused"


class NotFound(ActionRefused):
    """The org has nothing of this name or number."""

    kind = "not_found"


class Gone(ActionRefused):
    """What was asked for was there and is not kept any more."""

    kind = "gone"


class Conflict(ActionRefused):
    """Another run is in the way."""

    kind = "conflict"

    def __init__(self, message: str, *, run_id: int | None = None) -> None:
        super().__init__(message)
        self.run_id = run_id


class KeyReused(ActionRefused):
    """An Idempotency-Key came back with another request."""

    kind = "idempotency_key_reused"


_TITLES = {
    "not_found": "Not found",
    "gone": "No longer kept",
    "conflict": "Another run is in the way",
    "idempotency_key_reused": "Idempotency-Key was used for another request",
    "request_invalid": "The request does not fit",
    "storage_unavailable": "Storage does not answer",
    "dagster_unavailable": "Dagster does not answer",
    "settings": "The server is not set up",
}
_STATUSES: tuple[tuple[type[CollectionError], int], ...] = (
    (NotFound, 404),
    (Gone, 410),
    (Conflict, 409),
    (KeyReused, 422),
    (RequestInvalid, 422),
    (StorageUnavailable, 503),
    (DagsterUnavailable, 503),
    (SettingsError, 503),
)
# What may go wrong on any route of the API; each is declared, so that no answer comes as a surprise.
_DECLARED = {
    400: "The request cannot be read",
    401: "No valid token was shown",
    403: "The token lacks the permission, or another site sent the request",
    404: "The org has nothing of this name or number",
    405: "The path does not know this method",
    413: "The body is too large",
    415: "The body is not JSON",
    422: "A value does not fit",
    429: "Too many wrong tokens from this address",
    503: "Postgres, S3 or Dagster does not answer; try again",
}
ADVICE = {
    404: "There is nothing at this path; /api/openapi.json lists what there is",
    405: "This path does not know that method; /api/openapi.json lists what there is",
}


def declared(*more: int) -> dict[int | str, dict[str, Any]]:
    """The problems of a route, for its `responses`; 409 is only declared where it is named."""
    told = _DECLARED | dict.fromkeys(more, "Another run is in the way")
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {"description": text, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status, text in sorted(told.items())
    }


def document(status: int, kind: str, detail: str, path: str, **more: object) -> dict[str, Any]:
    """A problem document."""
    title = _TITLES.get(kind) or HTTPStatus(status).phrase
    return {
        "type": f"urn:dropship:{kind.replace('_', '-')}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": path,
        **{name: value for name, value in more.items() if value is not None},
    }


def response(
    status: int, kind: str, detail: str, path: str, *, headers: Mapping[str, str] | None = None, **more: object
) -> JSONResponse:
    """A problem document as an answer."""
    content = document(status, kind, detail, path, **more)
    return JSONResponse(content, status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def of_error(error: CollectionError, path: str) -> JSONResponse:
    """One of our errors as an answer."""
    status = next((code for kind, code in _STATUSES if isinstance(error, kind)), 500)
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return response(status, error.kind, str(error), path, headers=headers, run_id=getattr(error, "run_id", None))


def note_before_login(error: CollectionError) -> None:
    """Tell the log what a stranger is not told."""
    logger.warning("Nobody can log in: %s", error)


def before_login(error: CollectionError, path: str) -> JSONResponse:
    """One of our errors as an answer to somebody who has not logged in: it names no server, the log does."""
    told = of_error(error, path)
    note_before_login(error)
    headers = {name: told.headers[name] for name in ("retry-after",) if name in told.headers}
    return response(told.status_code, error.kind, AWAY, path, headers=headers)


def install(app: FastAPI) -> None:
    """Make the app answer with problem documents."""
    app.add_exception_handler(CollectionError, _on_error)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_surprise)


def _on_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, CollectionError)  # noqa: S101  (registered for nothing else)
    tell = before_login if request.url.path.startswith(BEFORE_LOGIN) else of_error
    return tell(error, request.url.path)


def _on_invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101  (registered for nothing else)
    fields = [_field(problem) for problem in error.errors()[:MAX_FIELDS_NAMED]]
    detail = "; ".join(f"{field['field']}: {field['problem']}" for field in fields)
    return response(422, "request_invalid", detail, request.url.path, errors=fields)


def _field(problem: Mapping[str, Any]) -> dict[str, str]:
    """Where and what, without the value that was sent."""
    place = ".".join(str(part) for part in problem["loc"] if part != "body") or "body"
    return {"field": place, "problem": str(problem["msg"])}


def _on_http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101  (registered for nothing else)
    phrase = HTTPStatus(error.status_code).phrase
    kind = phrase.lower().replace(" ", "_")
    detail = ADVICE.get(error.status_code) or str(error.detail)
    return response(error.status_code, kind, detail, request.url.path, headers=error.headers)


def _on_surprise(request: Request, _: Exception) -> JSONResponse:
    """Answer an unexpected error; the server logs it afterwards."""
    detail = "Something went wrong that nobody foresaw; the server's log has it. Trying again may help"
    return response(500, "internal_error", detail, request.url.path)
