"""What both paid services have in common: key, quota, latency, faults, counting. Not what they answer.

A fingerprint is what tells two requests apart for whoever pays: path and sorted parameters, without the key.
"""

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import unquote_plus, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from dropship_pipeline.models import Provider
from dropship_pipeline.sandbox.server.counts import Meter
from dropship_pipeline.sandbox.server.faults import MetFaults
from dropship_pipeline.sandbox.server.state import Sandbox
from dropship_pipeline.sandbox.server.wire import CutOff, pause

REFUSED_KEY = "refused"
BROKE_KEY = "broke"
_QUOTA_WINDOW_S = 60.0


class Refused(Exception):
    """The service answers with an HTTP error.

    Args:
        status: HTTP status.
        message: what the body says.
        retry_after: seconds for the header of that name, if it is sent.
        target_status: what the scraped site answered, where the scraping service passes that on.
    """

    def __init__(
        self, status: int, message: str, *, retry_after: int | None = None, target_status: int | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after = retry_after
        self.target_status = target_status


@dataclass(slots=True)
class Call:
    """One request, its key taken out.

    Args:
        path: as asked, with the provider's prefix.
        params: without the key; the last of a repeated one.
        key: the key, empty if there is none.
        origin: `http://host:port` under which the client reached us.
        met: the faults that it meets.
    """

    path: str
    params: dict[str, str]
    key: str = field(repr=False)
    origin: str
    met: MetFaults

    @classmethod
    def of(cls, request: Request) -> "Call":
        """Take a request apart."""
        params = dict(request.query_params)
        key = params.pop("api_key", "").strip()
        return cls(request.url.path, params, key, str(request.base_url).rstrip("/"), MetFaults([]))

    @property
    def fingerprint(self) -> str:
        """Path and sorted parameters."""
        return f"{self.path}?{urlencode(sorted(self.params.items()))}"

    @property
    def text(self) -> str:
        """The same in plain words, which the `match` of a fault looks into."""
        return f"{self.path}?" + "&".join(
            f"{name}={unquote_plus(value)}" for name, value in sorted(self.params.items())
        )

    def number(self, name: str, default: int) -> int:
        """A parameter that must be a whole number ≥ 1.

        Raises:
            Refused: it is not one (400).
        """
        text = self.params.get(name, str(default))
        if not text.isdecimal() or int(text) < 1:
            raise Refused(400, f"The {name} parameter must be a whole number from 1")
        return int(text)


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer and what it costs."""

    body: bytes
    media_type: str
    credits: int
    headers: dict[str, str] = field(default_factory=dict)


class PaidApi(ABC):
    """One paid service on top of the shared state."""

    provider: ClassVar[Provider]
    broke_status: ClassVar[int]

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._admitted: deque[float] = deque()

    @property
    def meter(self) -> Meter:
        """This service's counts."""
        return self.sandbox.meters[self.provider]

    @abstractmethod
    def refusal(self, call: Call, refused: Refused) -> Response:
        """The service's way of writing an error; charges it where the service does."""

    @abstractmethod
    def account_info(self) -> dict[str, Any]:
        """What the service says about the account."""

    async def account(self, request: Request) -> Response:
        """`GET /account`: free of charge and not counted."""
        call = Call.of(request)
        try:
            self.check_key(call)
        except Refused as refused:
            return self.refusal(call, refused)
        return JSONResponse(self.account_info())

    async def serve(self, request: Request, answer_to: Callable[[Call], Answer]) -> Response:
        """Answer a paid request with what `answer_to` makes of it, or with what stands in the way."""
        call = Call.of(request)
        self.meter.asked(call.fingerprint)
        try:
            self.check_key(call)
            self._check_quota()
            call.met = self.sandbox.faults.met_by(self.provider, call.text)
            await self._take_time(request, call.met)
            _raise_status(call.met)
            answer = answer_to(call)
        except Refused as refused:
            return self.refusal(call, refused)
        self.meter.charge(call.fingerprint, answer.credits)
        if "disconnect" in call.met:
            return CutOff(answer.body, media_type=answer.media_type)
        body = answer.body[: len(answer.body) // 2] if "truncated" in call.met else answer.body
        return Response(body, media_type=answer.media_type, headers=answer.headers)

    def check_key(self, call: Call) -> None:
        """Let any key pass but none, `refused` and `broke`.

        Raises:
            Refused: 401, or this service's status for an account without credits.
        """
        if call.key in {"", REFUSED_KEY}:
            raise Refused(401, "The API key is missing or not valid")
        if call.key == BROKE_KEY:
            raise Refused(self.broke_status, "The account has used all of its credits")

    def _check_quota(self) -> None:
        settings = self.sandbox.settings
        per_minute, max_open = {
            "rainforest": (settings.rainforest_per_minute, settings.rainforest_max_open),
            "scraperapi": (settings.scraperapi_per_minute, settings.scraperapi_max_open),
        }[self.provider]
        now = time.monotonic()
        while self._admitted and self._admitted[0] <= now - _QUOTA_WINDOW_S:
            self._admitted.popleft()
        if per_minute is not None and len(self._admitted) >= per_minute:
            raise Refused(429, "The plan's requests per minute are used up")
        if max_open is not None and self.meter.open > max_open:
            raise Refused(429, "The plan's concurrent requests are exceeded")
        self._admitted.append(now)

    async def _take_time(self, request: Request, met: MetFaults) -> None:
        await pause(request, self.sandbox.settings.api_latency_ms / 1000)
        if "stall" in met:
            await pause(request, met["stall"].seconds)


def _raise_status(met: MetFaults) -> None:
    rule = met.status()
    if rule is None:
        return
    status = int(rule.fault.split("_")[1])
    target = status if rule.fault.endswith("_target") else None
    raise Refused(status, f"Simulated failure {status}", retry_after=rule.retry_after, target_status=target)
