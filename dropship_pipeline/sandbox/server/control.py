"""How the sandbox is steered and read while it runs: `/_control/faults`, `/_control/stats`, `/_control/settings`."""

import json
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dropship_pipeline.sandbox.server.faults import AVAILABLE, FaultRules
from dropship_pipeline.sandbox.server.state import Sandbox, SandboxSettings

Answer = Callable[[Request], Awaitable[Response]]
Model = TypeVar("Model", bound=BaseModel)


def is_ours(request: Request) -> bool:
    """Whether a program of this machine asks: no web page does, since a browser names its page or another host."""
    try:
        name = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
        loopback = name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        loopback = False
    return loopback and not {"origin", "sec-fetch-site"} & set(request.headers)


def for_programs(answer: Answer) -> Answer:
    """The same, refused to web pages: a page of anybody's could otherwise make the sandbox fail or count wrong."""

    async def checked(request: Request) -> Response:
        if not is_ours(request):
            told = "The sandbox is steered by programs of this machine only: name it 127.0.0.1, and send no Origin"
            return JSONResponse({"errors": [{"msg": told}]}, status_code=403)
        return await answer(request)

    return checked


class Control:
    """Answers `/_control/…` and `/healthz`; none of it is counted."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def faults(self, request: Request) -> Response:
        """GET shows what there is and what is in force, PUT replaces all rules, DELETE removes them."""
        if request.method == "PUT":
            rules = await _read(request, FaultRules, {})
            if isinstance(rules, Response):
                return rules
            self._sandbox.faults = rules
        if request.method == "DELETE":
            self._sandbox.faults = FaultRules()
        return JSONResponse({"available": AVAILABLE, **self._sandbox.faults.model_dump()})

    async def settings(self, request: Request) -> Response:
        """GET shows the settings, PUT changes those that it names, DELETE brings the defaults back."""
        if request.method == "PUT":
            settings = await _read(request, SandboxSettings, self._sandbox.settings.model_dump())
            if isinstance(settings, Response):
                return settings
            self._sandbox.settings = settings
        if request.method == "DELETE":
            self._sandbox.settings = SandboxSettings()
        return JSONResponse(self._sandbox.settings.model_dump())

    async def stats(self, request: Request) -> Response:
        """GET shows the counts, DELETE shows them and begins anew."""
        report = {target: meter.report() for target, meter in self._sandbox.meters.items()}
        if request.method == "DELETE":
            for meter in self._sandbox.meters.values():
                meter.reset()
        return JSONResponse(report)

    async def health(self, request: Request) -> Response:
        """What is being served."""
        catalogue = self._sandbox.catalogue
        return JSONResponse({"status": "ok", "seed": catalogue.seed, "products": len(catalogue.products)})


async def _read(request: Request, model: type[Model], present: dict[str, Any]) -> Model | Response:
    """The body as `model`, on top of `present` values; a 400 that says what is wrong if it does not fit."""
    try:
        return model.model_validate({**present, **json.loads(await request.body())})
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        return JSONResponse({"errors": problems}, status_code=400)
    except (ValueError, TypeError):
        return JSONResponse({"errors": [{"msg": "the body must be a JSON object"}]}, status_code=400)
