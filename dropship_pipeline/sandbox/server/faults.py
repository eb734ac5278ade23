"""Faults that can be switched on: their names, and the rules that say which request meets which fault.

What a fault does to an answer is written where that answer is made; here is only who meets it.
"""

from random import Random
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

Target = Literal["rainforest", "scraperapi", "images"]
TARGETS: tuple[Target, ...] = ("rainforest", "scraperapi", "images")

_ANY = ("http_404", "http_429", "http_500", "http_503", "stall", "disconnect")
_PAID = ("http_400", "http_401", "http_402", "http_403", "truncated", "empty_array", "missing_array")
_ROWS = ("no_price", "no_image", "duplicate_rows")

AVAILABLE: dict[Target, tuple[str, ...]] = {
    "rainforest": (*_ANY, *_PAID, *_ROWS, "success_false", "no_rating", "duplicate_over_pages"),
    "scraperapi": (
        *(*_ANY, *_PAID, *_ROWS, "http_403_target", "http_410", "http_499", "block_page", "filler_only"),
        *("no_seller", "blank_title", "price_range", "polluted_currency", "concatenated_row", "ignore_filters"),
        *("v1_array", "seller_link", "s_item", "s_card", "su_item_card", "unknown_layout", "grid_view"),
        *("placeholder_links", "bids", "bids_and_buy_now", "notice_correction", "notice_streamlined"),
        *("notice_unknown", "notice_fewer_words", "notice_no_match"),
    ),
    "images": (
        *(*_ANY, "http_403", "empty", "html", "wrong_extension", "gif_placeholder", "truncated", "slow_drip"),
        *("redirect_same_host", "redirect_private", "redirect_other_host", "redirect_loop", "too_large", "bomb"),
    ),
}


class FaultRule(BaseModel):
    """One fault and the requests that meet it. Conditions add up; with none of them every request meets it.

    Args:
        target: whose requests.
        fault: one of `AVAILABLE[target]`.
        match: only requests whose path and decoded parameters hold this text, in whatever case.
        nth: only these of the requests that pass `match`, counted from 1.
        probability: only so many of them, drawn with `seed`.
        times: not more often than this.
        seconds: how long a `stall` or a `slow_drip` takes.
        retry_after: seconds for a `Retry-After` header; none is sent without it.
        stride: a fault of rows touches every stride-th row.
        location: where a redirect leads, in place of the fault's own choice.
    """

    model_config = ConfigDict(extra="forbid")

    target: Target
    fault: str
    match: str | None = None
    nth: list[int] | None = None
    probability: float | None = Field(default=None, ge=0, le=1)
    seed: int = 0
    times: int | None = Field(default=None, ge=0)
    seconds: float = Field(default=5.0, ge=0, le=3600)
    retry_after: int | None = Field(default=None, ge=0)
    stride: int = Field(default=1, ge=1)
    location: str | None = None
    seen: int = 0
    fired: int = 0
    _rng: Random = PrivateAttr()

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.fault not in AVAILABLE[self.target]:
            raise ValueError(f"{self.target} has no fault {self.fault!r}; it has {', '.join(AVAILABLE[self.target])}")
        self._rng = Random(self.seed)  # noqa: S311
        return self

    def fires(self, request: str) -> bool:
        """Whether this request meets the fault; counts it."""
        if self.match is not None and self.match.lower() not in request.lower():
            return False
        self.seen += 1
        if self.nth is not None and self.seen not in self.nth:
            return False
        if self.probability is not None and self._rng.random() >= self.probability:
            return False
        if self.times is not None and self.fired >= self.times:
            return False
        self.fired += 1
        return True


class FaultRules(BaseModel):
    """All rules that are in force, and the body of `PUT /_control/faults`."""

    model_config = ConfigDict(extra="forbid")

    rules: list[FaultRule] = []

    def met_by(self, target: Target, request: str) -> "MetFaults":
        """The rules that fire for one request, in their order."""
        return MetFaults([rule for rule in self.rules if rule.target == target and rule.fires(request)])


class MetFaults:
    """The faults that one request meets."""

    def __init__(self, rules: list[FaultRule]) -> None:
        self._by_name = {rule.fault: rule for rule in rules}

    def __contains__(self, fault: object) -> bool:
        return fault in self._by_name

    def __getitem__(self, fault: str) -> FaultRule:
        return self._by_name[fault]

    def stride(self, fault: str) -> int | None:
        """Every how many rows `fault` touches; None if the request does not meet it."""
        return self._by_name[fault].stride if fault in self._by_name else None

    def status(self) -> FaultRule | None:
        """The first fault that answers with an HTTP error status, if one does."""
        return next((rule for name, rule in self._by_name.items() if name.startswith("http_")), None)
