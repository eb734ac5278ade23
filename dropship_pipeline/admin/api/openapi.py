"""Adds to the OpenAPI document what FastAPI does not see: problem documents and the need for a token."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from dropship_pipeline.admin.problems import Problem

_SUMMARY = (
    "Starts, stops and watches collection runs, and reads what they found. Every route wants a token in the header "
    "`Authorization: Bearer …`, made by `dropship token create`. Times are ISO 8601 in UTC, money is in cents with a "
    "currency, and errors are problem documents (RFC 9457) that say what to do."
)


def describe(app: FastAPI) -> None:
    """Let the app answer with a document that is complete."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _complete(
                get_openapi(title="dropship", version=app.version, description=_SUMMARY, routes=app.routes)
            )
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]  # FastAPI's own way of extending the document


def _complete(schema: dict[str, Any]) -> dict[str, Any]:
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    for name in ("HTTPValidationError", "ValidationError"):  # FastAPI's own form of what is a problem document here
        schemas.pop(name, None)
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "Printed once by `dropship token create`"}
    }
    schema["security"] = [{"token": []}]
    return schema
