"""What an HTTP answer means: what it cost, and which error a status other than 200 is. Makes no calls."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from dropship_pipeline.errors import (
    BadAnswer,
    CollectionError,
    KeyRefused,
    MarketplaceError,
    OutOfCredits,
    RequestRefused,
    TransientError,
)
from dropship_pipeline.marketplaces.fields import clean_text, json_of, whole_number
from dropship_pipeline.models import ApiAnswer, Provider

OK = 200
TOO_MANY_REQUESTS = 429
_BAD_REQUEST = 400
_UNAUTHORIZED = 401
_PAYMENT_REQUIRED = 402
_FORBIDDEN = 403
_NOT_FOUND = 404
_CLIENT_CLOSED = 499
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Terms:
    """What a provider charges and how it says so.

    Args:
        name: as people know it.
        key_variable: the environment variable with its key.
        credits_estimate: what one call is expected to cost at most, reserved before it is made.
        charged: statuses that cost credits even if the answer does not say how many.
        stated_credits: what an answer says it cost, None if it does not say.
    """

    name: str
    key_variable: str
    credits_estimate: int
    charged: frozenset[int]
    stated_credits: Callable[[ApiAnswer], int | None]

    def cost_of_failure(self, answer: ApiAnswer | None) -> int:
        """Return the credits that an answer without use cost all the same."""
        if answer is None:
            return 0
        stated = self.stated_credits(answer)
        if stated is None:
            return self.credits_estimate if answer.status in self.charged else 0
        return stated


def _rainforest_credits(answer: ApiAnswer) -> int | None:
    try:
        document = json_of(answer)
    except BadAnswer:
        return None
    info = document.get("request_info") if isinstance(document, dict) else None
    return whole_number(info.get("credits_used_this_request")) if isinstance(info, dict) else None


def _scraperapi_credits(answer: ApiAnswer) -> int | None:
    return whole_number(answer.headers.get("sa-credit-cost", ""))


TERMS: dict[Provider, Terms] = {
    # One credit a page of results; failed requests are not documented as charged.
    "rainforest": Terms("Rainforest", "RAINFOREST_API_KEY", 1, frozenset({OK}), _rainforest_credits),
    # eBay pages are reported at 5 credits; reserving 5 keeps a budget safe where only 1 is charged.
    # Documented: only 200 and 404 are charged.
    "scraperapi": Terms("ScraperAPI", "SCRAPERAPI_KEY", 5, frozenset({OK, _NOT_FOUND}), _scraperapi_credits),
}


def stated_message(body: bytes) -> bytes:
    """Return the sentence in an error body: its `request_info.message`, `message` or `error`, else all of it."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(document, dict):
        return b""
    info = document.get("request_info")
    places = (
        info.get("message") if isinstance(info, dict) else None,
        document.get("message"),
        document.get("error"),
    )
    return next((text for text in map(clean_text, places) if text), "").encode()


def refusal(provider: Provider, answer: ApiAnswer, said: str, retry_after_s: float | None) -> CollectionError:
    """Return the error that a status other than 200 stands for.

    Args:
        provider: who answered.
        answer: the answer.
        said: the provider's own words, without the key; may be empty.
        retry_after_s: how long it asked to wait, if it did.
    """
    terms, status = TERMS[provider], answer.status
    words = f"HTTP {status}: {said}" if said else f"HTTP {status}"
    if status == _UNAUTHORIZED:
        return KeyRefused(f"{terms.name} refused the API key ({words}); check {terms.key_variable}", status=status)
    target_blocked = "sa-statuscode" in answer.headers
    if status == _PAYMENT_REQUIRED or (provider == "scraperapi" and status == _FORBIDDEN and not target_blocked):
        return OutOfCredits(f"{terms.name} wants to be paid first ({words}); top up or raise the plan", status=status)
    return _costs_one_query(terms.name, status, words, retry_after_s)


def _costs_one_query(name: str, status: int, words: str, retry_after_s: float | None) -> MarketplaceError:
    if status in {TOO_MANY_REQUESTS, _CLIENT_CLOSED} or status >= _SERVER_ERROR:
        return TransientError(f"{name} could not serve the call ({words})", status=status, retry_after_s=retry_after_s)
    if status == _FORBIDDEN:
        return BadAnswer(f"{name} was blocked by the marketplace ({words})", status=status)
    if status >= _BAD_REQUEST:
        return RequestRefused(f"{name} refused the request ({words})", status=status)
    return BadAnswer(f"{name} gave no answer to read ({words})", status=status)
