"""The timetable of retries inside one paid call. Which failures are worth one is in the error's type."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from dropship_pipeline.errors import TransientError
from dropship_pipeline.marketplaces.transport.pace import Sleep

ANSWERED_WAITS_S = (1.0, 2.0, 4.0)
NETWORK_WAITS_S = (5.0,)
LONGEST_RETRY_AFTER_S = 120.0


def retrying(sleep: Sleep) -> AsyncRetrying:
    """Return the retry loop of one call.

    Throttled (429) and failing (5xx, 499) providers are asked again after 1, 2 and 4 s, or when `Retry-After`
    says so, up to 120 s; a broken connection or a time-out once, after 5 s; anything else never. The last
    error is raised as it is.
    """
    timetable = _Timetable()
    return AsyncRetrying(retry=retry_if_exception(timetable.again), wait=timetable.wait, sleep=sleep, reraise=True)


class _Timetable:
    """Counts both kinds of failure apart, so that a call that meets both keeps to both limits."""

    def __init__(self) -> None:
        self._answered = list(ANSWERED_WAITS_S)
        self._network = list(NETWORK_WAITS_S)
        self._wait_s = 0.0

    def again(self, error: BaseException) -> bool:
        if not isinstance(error, TransientError):
            return False
        waits = self._network if error.status is None else self._answered
        if not waits:
            return False
        own_wait_s = waits.pop(0)
        self._wait_s = own_wait_s if error.retry_after_s is None else error.retry_after_s
        return self._wait_s <= LONGEST_RETRY_AFTER_S

    def wait(self, _state: RetryCallState) -> float:
        return self._wait_s


def retry_after_s(header: str | None, now: Callable[[], datetime]) -> float | None:
    """Read a `Retry-After` header: whole seconds or an HTTP date.

    Returns:
        Seconds from now, ≥ 0; None if there is no header or it says nothing readable.
    """
    if header is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", header.strip()):
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now()).total_seconds())
