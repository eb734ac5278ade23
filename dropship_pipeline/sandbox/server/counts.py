"""What the sandbox has been asked: requests, charges, how many were open at once, when they came. No key in it."""

import time
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT_ARRIVALS = 20_000


@dataclass(slots=True)
class CallCount:
    """One distinct request: how often it came, how often it was charged, what that cost."""

    requests: int = 0
    charged: int = 0
    credits: int = 0


@dataclass(slots=True)
class Meter:
    """Counts of one provider, or of the image host.

    Args:
        calls: per distinct request, i.e. path and sorted parameters without the key.
        statuses: answers by HTTP status.
        arrivals: when the latest requests came, in seconds since the counts began; at most `KEPT_ARRIVALS`.
        open: requests that have not been answered in full.
        max_open: the most that were open at once.
        credits_used: running total that is not reset with the counts.
    """

    calls: dict[str, CallCount] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    arrivals: deque[float] = field(default_factory=lambda: deque(maxlen=KEPT_ARRIVALS))
    open: int = 0
    max_open: int = 0
    credits_used: int = 0
    _began: float = field(default_factory=time.monotonic)

    def enter(self) -> None:
        """A request begins."""
        self.open += 1
        self.max_open = max(self.max_open, self.open)
        self.arrivals.append(time.monotonic() - self._began)

    def leave(self) -> None:
        """A request has been answered in full, or its client has gone."""
        self.open -= 1

    def asked(self, request: str) -> None:
        """Count a request by what it asks for."""
        self.calls.setdefault(request, CallCount()).requests += 1

    def charge(self, request: str, credits: int) -> None:
        """Charge an answer to the request that it answers; a reset in between loses nothing but the request count."""
        call = self.calls.setdefault(request, CallCount())
        call.charged += 1
        call.credits += credits
        self.credits_used += credits

    def reset(self) -> None:
        """Begin anew. Requests that are open stay counted as open; the running total of credits stays."""
        self.calls, self.statuses, self.arrivals = {}, Counter(), deque(maxlen=KEPT_ARRIVALS)
        self.max_open = self.open
        self._began = time.monotonic()

    def report(self) -> dict[str, Any]:
        """All counts as JSON values."""
        calls = self.calls.values()
        return {
            "requests": sum(call.requests for call in calls),
            "distinct": len(calls),
            "charged": sum(call.charged for call in calls),
            "charged_again": sum(max(0, call.charged - 1) for call in calls),
            "credits": sum(call.credits for call in calls),
            "open": self.open,
            "max_open": self.max_open,
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "busiest_second": busiest(self.arrivals, 1.0),
            "arrivals_s": [round(arrival, 4) for arrival in self.arrivals],
            "calls": {request: asdict(call) for request, call in self.calls.items()},
        }


def busiest(arrivals: Iterable[float], seconds: float) -> int:
    """The most arrivals that fell into any half-open window of that length; `arrivals` are in order."""
    times = list(arrivals)
    most = start = 0
    for end, arrival in enumerate(times):
        while arrival - times[start] >= seconds:
            start += 1
        most = max(most, end - start + 1)
    return most
