"""Answers requests from what is kept of paid calls. Holds no key and no HTTP client: it cannot ask anybody."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from dropship_pipeline.errors import AnswerNotKept
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.models import ApiAnswer, ApiRequest

T = TypeVar("T")


class KeptAnswers:
    """An `AnswerSource` of kept answers.

    Args:
        read: returns the answer that is kept to a request, None if none is; called in a thread.
        meter: counts the answers.
    """

    def __init__(self, read: Callable[[ApiRequest], ApiAnswer | None], meter: CallMeter) -> None:
        self._read = read
        self.meter = meter

    async def ask(self, request: ApiRequest, parse: Callable[[ApiAnswer], T]) -> T:
        """Return the parsed answer to `request`.

        Raises:
            AnswerNotKept: there is none.
            BadAnswer: by `parse`.
            StorageUnavailable: the store does not answer.
        """
        answer = await asyncio.to_thread(self._read, request)
        if answer is None:
            raise AnswerNotKept(f"no answer to the call {request.fingerprint} ({request.provider}) is kept")
        self.meter.add(replayed=1, earlier=1)
        return parse(answer)
