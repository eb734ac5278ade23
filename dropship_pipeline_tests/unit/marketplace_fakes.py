"""What the tests of the marketplace room share: a ledger in memory, a client on a scripted wire, and clocks."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import SecretStr

from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.marketplaces.transport.client import PaidClient
from dropship_pipeline.marketplaces.transport.pace import Pace
from dropship_pipeline.models import ApiAnswer, ApiRequest, KeptAnswer, Provider

KEY = "k3y+with/odd=signs 0123"
HTML = {"content-type": "text/html"}

Reply = httpx.Response | Exception
Handler = Callable[[httpx.Request], httpx.Response] | Callable[[httpx.Request], Coroutine[Any, Any, httpx.Response]]


@dataclass(frozen=True)
class Failure:
    """One call of `CallLedger.fail`."""

    reason: str
    status: int | None
    credits: int
    attempts: int
    answer: ApiAnswer | None


@dataclass
class MemoryLedger:
    """A `CallLedger` that keeps everything in lists; `kept` may be filled beforehand."""

    kept: dict[str, KeptAnswer] = field(default_factory=dict)
    reserved: list[tuple[ApiRequest, int]] = field(default_factory=list)
    settled: list[tuple[ApiRequest, int | None, int]] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    lost: Exception | None = None  # why no answer can be kept

    async def reserve(self, request: ApiRequest, credits_estimate: int) -> KeptAnswer | None:
        if (kept := self.kept.get(request.fingerprint)) is not None:
            return kept
        self.reserved.append((request, credits_estimate))
        return None

    async def settle(self, request: ApiRequest, answer: ApiAnswer, *, credits: int | None, attempts: int) -> int:
        if self.lost is not None:
            raise self.lost
        self.settled.append((request, credits, attempts))
        estimate = next(estimate for reserved, estimate in self.reserved if reserved == request)
        booked = estimate if credits is None else credits
        self.kept[request.fingerprint] = KeptAnswer(answer)
        return booked

    async def fail(
        self,
        request: ApiRequest,
        reason: str,
        *,
        status: int | None,
        credits: int,
        attempts: int,
        answer: ApiAnswer | None = None,
    ) -> None:
        self.failed.append(Failure(reason, status, credits, attempts, answer))


@dataclass
class FakeClock:
    """Time that passes only where somebody sleeps; every sleep is written down."""

    now: float = 1000.0
    sleeps: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


@dataclass
class Wire:
    """Answers requests with the replies in order, the last one again and again; remembers what was asked."""

    replies: Sequence[Reply]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        reply = self.replies[min(len(self.requests), len(self.replies) - 1)]
        self.requests.append(request)
        if isinstance(reply, Exception):
            raise reply
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content, request=request)


def a_client(
    handler: Handler,
    *,
    provider: Provider = "rainforest",
    ledger: MemoryLedger | None = None,
    clock: FakeClock | None = None,
    key: str = KEY,
) -> PaidClient:
    """A real `PaidClient` whose wire is `handler` and whose waits take no time."""
    clock, quota_clock = clock or FakeClock(), FakeClock()
    return PaidClient(
        provider,
        "http://marketplace.test/base",
        SecretStr(key),
        ledger=ledger or MemoryLedger(),
        meter=CallMeter(),
        pace=Pace(60_000, 5, clock=quota_clock, sleep=quota_clock.sleep),
        transport=httpx.MockTransport(handler),
        sleep=clock.sleep,
    )


def json_answer(document: object, status: int = 200) -> ApiAnswer:
    """An answer with this JSON body."""
    return ApiAnswer(status, {"content-type": "application/json"}, json.dumps(document).encode())


def html_answer(html: str) -> ApiAnswer:
    """An answer with this HTML body."""
    return ApiAnswer(200, HTML, html.encode())
