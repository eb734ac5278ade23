"""One paid call: ledger, pace, HTTP, retries, meaning, ledger. The only place that sends an API key.

No key leaves this module: httpx's errors carry the address that was asked, so none is raised on or chained.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Self, TypeVar
from weakref import WeakValueDictionary

import httpx
from pydantic import SecretStr

from dropship_pipeline.errors import (
    BadAnswer,
    CollectionStoppedError,
    KeyRefused,
    MarketplaceError,
    OutOfCredits,
    RequestRefused,
    StorageUnavailable,
    TransientError,
)
from dropship_pipeline.marketplaces.base import CallLedger
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.marketplaces.transport.pace import NOTICE_S, Pace, Sleep, Turn
from dropship_pipeline.marketplaces.transport.redaction import Redactor
from dropship_pipeline.marketplaces.transport.retries import retry_after_s, retrying
from dropship_pipeline.marketplaces.transport.terms import OK, TERMS, TOO_MANY_REQUESTS, refusal, stated_message
from dropship_pipeline.models import ApiAnswer, ApiRequest, Provider, utc_now
from dropship_pipeline.surroundings import route
from dropship_pipeline.telemetry.spans import begin

# Both providers fetch the marketplace while we wait, with retries of their own for up to 70 s.
TIMEOUT = httpx.Timeout(connect=10, read=90, write=30, pool=30)
# A time-out of httpx counts from the last byte; this one ends a connection that drips.
CALL_DEADLINE_S = 180.0
# How long a cancelled call waits for the answer that it will be charged for.
LAST_ANSWER_S = 3.0
LARGEST_BODY_BYTES = 16 * 1024 * 1024

T = TypeVar("T")
logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Call:
    request: ApiRequest
    attempts: int = 0
    answer: ApiAnswer | None = None  # of the latest attempt
    credits_before: int = 0  # what the attempts before it cost
    on_the_wire: bool = False
    last_attempt: bool = False
    place: AsyncExitStack = field(default_factory=AsyncExitStack)  # among the open calls


class PaidClient:
    """Asks one provider and books every call. An async context manager; one per worker.

    Args:
        base_url: where, without the path of a request.
        api_key: sent as the query parameter `api_key` and nowhere else.
        transport: for tests, an `httpx.MockTransport`.
        sleep: waits between retries.

    Raises:
        SettingsError: the proxy or the certificates that the shell names for `base_url` cannot be used.
    """

    def __init__(
        self,
        provider: Provider,
        base_url: str,
        api_key: SecretStr,
        *,
        ledger: CallLedger,
        meter: CallMeter,
        pace: Pace,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        silence_http_loggers()
        self.provider = provider
        self.meter = meter
        self._terms = TERMS[provider]
        self._key = api_key
        self._redactor = Redactor(api_key)
        self._ledger = ledger
        self._not_kept: StorageUnavailable | None = None
        self._same_request: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._pace = pace
        self._sleep = sleep
        limits = httpx.Limits(max_connections=pace.max_in_flight, max_keepalive_connections=pace.max_in_flight)
        self._route = route(base_url)
        self._http = httpx.AsyncClient(
            base_url=base_url, timeout=TIMEOUT, limits=limits, transport=transport,
            trust_env=False, proxy=self._route.proxy_url, verify=self._route.verify,
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def ask(self, request: ApiRequest, parse: Callable[[ApiAnswer], T]) -> T:
        """Return the parsed answer to `request`: the kept one if the job has paid for it, else a new one.

        Args:
            request: the call, without the key.
            parse: turns a good answer into a value; raises `BadAnswer` if it is not what was asked for.

        Raises:
            KeyRefused: the provider does not accept the key.
            OutOfCredits: the provider wants to be paid first.
            StorageUnavailable: the ledger cannot be written, or the answer not kept.
            TransientError: throttled, failing or unreachable, also after the retries.
            RequestRefused: the provider calls the request invalid.
            BadAnswer: HTTP 200 without the thing that was asked for.
        """
        # Equal requests that are open at the same time wait for the first one's answer.
        turn = self._same_request.setdefault(request.fingerprint, asyncio.Lock())
        async with turn:
            return await self._ask(request, parse)

    async def _ask(self, request: ApiRequest, parse: Callable[[ApiAnswer], T]) -> T:
        kept = await self._ledger.reserve(request, self._terms.credits_estimate)
        if kept is not None:
            self.meter.add(replayed=1, earlier=int(not kept.of_this_run))
            return parse(kept.answer)
        self.meter.add(calls=1)
        call = _Call(request)
        buying = asyncio.ensure_future(self._buy(call, parse))
        try:
            return await asyncio.shield(buying)
        except asyncio.CancelledError:
            # What is on the wire will be charged: a moment's patience may save paying for it again.
            call.last_attempt = True
            if call.on_the_wire:
                await asyncio.wait({buying}, timeout=LAST_ANSWER_S)
            buying.cancel()
            await asyncio.gather(buying, return_exceptions=True)
            raise

    async def _buy(self, call: _Call, parse: Callable[[ApiAnswer], T]) -> T:
        # A call is open until its answer is kept: so an outage of the store costs as many answers as may be open.
        async with call.place:
            try:
                return await self._buy_in_place(call, parse)
            except StorageUnavailable as error:
                self._not_kept = error  # before the place is free: whoever waits for it is not to buy what is lost, too
                raise

    async def _buy_in_place(self, call: _Call, parse: Callable[[ApiAnswer], T]) -> T:
        try:
            answer: ApiAnswer = await retrying(self._pause)(self._attempt, call)
            result = parse(answer)
        except (MarketplaceError, KeyRefused, OutOfCredits, CollectionStoppedError) as error:
            await self._book_failure(call, error)
            raise
        credits = self._terms.stated_credits(answer)
        if call.credits_before:
            credits = call.credits_before + (self._terms.credits_estimate if credits is None else credits)
        booked = await self._ledger.settle(call.request, answer, credits=credits, attempts=call.attempts)
        self.meter.add(credits=booked)
        return result

    async def _attempt(self, call: _Call) -> ApiAnswer:
        """Ask once. An answer that is not good is raised as its error, and stays in `call` for the ledger."""
        call.credits_before += self._terms.cost_of_failure(call.answer)
        call.answer = None
        turn = await call.place.enter_async_context(self._pace.turn())
        if call.last_attempt:
            raise asyncio.CancelledError
        if self._not_kept is not None:
            await self._book_failure(call, self._not_kept)
            raise StorageUnavailable(str(self._not_kept))
        call.attempts += 1
        call.on_the_wire = True
        try:
            return await self._answer(call, turn)
        except TransientError:
            await call.place.aclose()  # others may be asked until the next attempt
            raise

    async def _pause(self, seconds: float) -> None:
        """Wait before the next attempt; a stop ends the wait.

        Raises:
            CollectionStoppedError: no further call may start.
        """
        waiting = asyncio.ensure_future(self._sleep(seconds))
        try:
            while not waiting.done():
                self._pace.refuse_if_stopped()
                await asyncio.wait({waiting}, timeout=NOTICE_S)
        finally:
            waiting.cancel()

    async def _book_failure(self, call: _Call, error: Exception) -> None:
        credits = call.credits_before + self._terms.cost_of_failure(call.answer)
        self.meter.add(credits=credits)
        await self._ledger.fail(
            call.request,
            str(error),
            status=call.answer.status if call.answer else None,
            credits=credits,
            attempts=call.attempts,
            answer=call.answer,
        )

    async def _answer(self, call: _Call, turn: Turn) -> ApiAnswer:
        with begin("call", provider=self.provider, path=call.request.path, attempt=call.attempts) as span:
            answer, wait_header = await self._send(call.request, turn)
            span.note(status=answer.status)
        call.answer = answer
        logger.debug("%s %s: HTTP %s, attempt %s", self.provider, call.request.path, answer.status, call.attempts)
        if answer.status == TOO_MANY_REQUESTS:
            self._pace.slow_down()
        if answer.status != OK:
            said = self._redactor.message(stated_message(answer.body))
            raise refusal(self.provider, answer, said, retry_after_s(wait_header, utc_now))
        if len(answer.body) > LARGEST_BODY_BYTES:
            call.answer = ApiAnswer(answer.status, answer.headers, b"")
            raise BadAnswer(f"the answer is larger than {LARGEST_BODY_BYTES} bytes", status=answer.status)
        return answer

    async def _send(self, request: ApiRequest, turn: Turn) -> tuple[ApiAnswer, str | None]:
        async def note(event: str, _details: object) -> None:
            if event.endswith(".send_request_headers.complete"):
                turn.sent()

        failure: MarketplaceError
        params = {**request.params, "api_key": self._key.get_secret_value()}
        try:
            async with (
                asyncio.timeout(CALL_DEADLINE_S),
                self._http.stream("GET", request.path, params=params, extensions={"trace": note}) as response,
            ):
                body = await _bounded_body(response)
            return self._without_key(response, body), response.headers.get("retry-after")
        except (httpx.RequestError, TimeoutError) as error:
            failure = TransientError(f"{self._terms.name} did not answer{self._route.words} ({type(error).__name__})")
        except httpx.InvalidURL:
            failure = RequestRefused("the query is too long or cannot be part of an address")
        # Raised outside the handlers: inside, httpx's error and with it the key would hang on as __context__.
        raise failure

    def _without_key(self, response: httpx.Response, body: bytes) -> ApiAnswer:
        headers = {
            name: self._redactor.body(value.encode(), has_products=False).decode()
            for name, value in response.headers.items()
            if name == "content-type" or name.startswith("sa-")
        }
        body = self._redactor.body(body, has_products=response.status_code == OK)
        return ApiAnswer(response.status_code, headers, body)


async def _bounded_body(response: httpx.Response) -> bytes:
    """Read a body, decompressed, and stop beyond the largest that an honest answer has."""
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_BODY_BYTES:
            break
    return bytes(body)


def silence_http_loggers() -> None:
    """Keep httpx and httpcore below WARNING quiet: at INFO they log whole addresses, the key among them."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
