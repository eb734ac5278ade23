"""Writes `docs/reference/` from the code: `make docs`. A test fails while what lies there is not what the code says."""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from dropship_pipeline.admin.app import create_app
from dropship_pipeline.jobs.registry import JOBS
from dropship_pipeline.settings import Settings
from dropship_pipeline_tests.integration.api_client import admin_settings

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
MADE = "<!-- Written by `make docs` from the code. Change the code, not this page. -->"
NOWHERE = "postgresql://nobody@127.0.0.1:9/nowhere"
ABOUT_SETTINGS = """\
Settings of a job are what a person chooses for a run: in the launchpad, on the page, in the body of `POST start`, or in
a file as in `examples/`. Environment settings belong to the machine.
"""
ABOUT_ENVIRONMENT = """\
Environment variables. `.env` in the working directory is read too. What neither sets is taken from the running local
stack.
"""
ABOUT_DOCUMENT = """\
The document itself, with every member of every answer, is at `/api/openapi.json` of the admin page.
"""
PROBLEM = "Problem"
_TYPES = {"integer": "number", "number": "decimal number", "string": "text", "boolean": "yes or no", "object": "object"}
_FORMATS = {"password": "secret", "path": "path", "date-time": "time", "uri": "address"}
_LIMITS = {
    "minimum": "from {}", "maximum": "to {}", "exclusiveMinimum": "above {}", "exclusiveMaximum": "below {}",
    "minLength": "length from {}", "maxLength": "length to {}",
    "minItems": "at least {} of them", "maxItems": "at most {} of them",
}  # fmt: skip

Schema = Mapping[str, Any]


def _settings() -> Iterator[str]:
    yield from ("# Settings", "", MADE, "", ABOUT_SETTINGS)
    for job in JOBS.values():
        yield from (f"## `{job.name}`", "", f"{job.description} In a file: `ops.{job.op}.config`.", "")
        yield from _table("setting", _schema_of(job.settings))
    yield from ("## Environment settings", "", ABOUT_ENVIRONMENT)
    yield from _table("variable", _schema_of(Settings))


def _schema_of(model: type[BaseModel]) -> Schema:
    return model.model_json_schema(by_alias=True, mode="validation")


def _table(what: str, model: Schema) -> Iterator[str]:
    """One line for each member of an object."""
    yield from (f"| {what} | type | default | meaning |", "|---|---|---|---|")
    for name, member in model.get("properties", {}).items():
        required = name in model.get("required", [])
        yield _row(f"`{name}`", _type(member), _default(member, required=required), member.get("description", ""))
    yield ""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def _type(schema: Schema) -> str:
    if "$ref" in schema:
        return f"`{_last(schema['$ref'])}`"
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema.get("enum", [schema.get("const")]))
    parts = [_type(part) for part in _parts(schema) if part.get("type") != "null"]
    if parts:
        return " or ".join(parts)
    kind = _FORMATS.get(schema.get("format", ""), _TYPES.get(schema.get("type", ""), "anything"))
    if schema.get("type") == "array":
        kind = f"list of {_type(schema.get('items', {}))}"
    return ", ".join([kind, *(text.format(f"{schema[name]:,}") for name, text in _LIMITS.items() if name in schema)])


def _parts(schema: Schema) -> list[Schema]:
    return [*schema.get("anyOf", []), *schema.get("oneOf", [])]


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]


def _default(schema: Schema, *, required: bool) -> str:
    if required:
        return "required"
    value = schema.get("default")
    if value is None:
        return "none"
    if isinstance(value, list):
        return ", ".join(f"`{one}`" for one in value) or "empty"
    return f"`{value if isinstance(value, str) else json.dumps(value)}`"


def _document() -> Schema:
    app = create_app(admin_settings(NOWHERE), with_pages=False)
    try:
        return app.openapi()
    finally:
        app.state.services.close()


def _api(document: Schema) -> Iterator[str]:
    yield from ("# REST API", "", MADE, "", document["info"]["description"], "", ABOUT_DOCUMENT)
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield from (f"## `{method.upper()} {path}`", "", f"{operation.get('summary', '')}.", "")
            if operation.get("description"):
                yield from (operation["description"].strip(), "")
            yield from _parameters(operation.get("parameters", []))
            for model in _models(operation.get("requestBody", {})):
                yield from (f"Body, `{model}`:", "")
                yield from _table("member", document["components"]["schemas"][model])
            yield from (_answers(operation["responses"]), "")


def _parameters(parameters: list[Schema]) -> Iterator[str]:
    if not parameters:
        return
    yield from ("| parameter | in | type | default | meaning |", "|---|---|---|---|---|")
    for one in parameters:
        default = _default(one["schema"], required=one.get("required", False))
        yield _row(f"`{one['name']}`", one["in"], _type(one["schema"]), default, one.get("description", ""))
    yield ""


def _models(content: Schema) -> list[str]:
    """The models that a body or an answer names, each once."""
    schemas = [kind.get("schema", {}) for kind in content.get("content", {}).values()]
    named = [part for schema in schemas for part in (schema, *_parts(schema)) if "$ref" in part]
    return list(dict.fromkeys(_last(part["$ref"]) for part in named))


def _answers(responses: Schema) -> str:
    """The good answers with what they hold, then the statuses of problem documents."""
    good = [(status, _models(answer)) for status, answer in responses.items() if PROBLEM not in _models(answer)]
    bad = [status for status, answer in responses.items() if PROBLEM in _models(answer)]
    told = ", ".join(" ".join([status, *(f"`{model}`" for model in models)]) for status, models in sorted(good))
    return f"Answers: {told}. Problems: {', '.join(sorted(bad))}."


# File name → what makes its lines.
PAGES: Mapping[str, Callable[[], Iterator[str]]] = {"settings.md": _settings, "api.md": lambda: _api(_document())}


def text(page: str) -> str:
    """What is to stand in that file."""
    return "\n".join(PAGES[page]()) + "\n"


def main() -> None:
    """Write the pages."""
    for page in PAGES:
        (FOLDER / page).write_text(text(page), encoding="utf-8")


if __name__ == "__main__":
    main()
