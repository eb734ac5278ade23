"""Logs, counts and records failures that cost one query or one product."""

import asyncio
from collections.abc import Callable

from dropship_pipeline.errors import CollectionError
from dropship_pipeline.models import Platform
from dropship_pipeline.storage.runs.values import RunError

MESSAGE_CHARS = 2_000


def kind_of(error: Exception) -> str:
    """The word under which an error is counted: its own kind, or the name of a class that is not ours."""
    return error.kind if isinstance(error, CollectionError) else type(error).__name__


class FailureLog:
    """Keeps the failures of one run.

    Args:
        record: writes one for good; called in a thread. None keeps nothing.
    """

    def __init__(self, record: Callable[[RunError], None] | None = None) -> None:
        self._record = record

    async def keep(
        self, platform: Platform, kind: str, query: str, error: Exception, product_id: str | None = None
    ) -> None:
        """Keep one failure.

        Args:
            platform: where it happened.
            kind: `collect` or `store`.
            query: what was asked.
            error: what went wrong.
            product_id: the product that it cost, where it cost one.
        """
        if self._record is None:
            return
        failure = RunError(
            platform=platform,
            kind=kind,
            reason=kind_of(error),
            message=str(error)[:MESSAGE_CHARS].replace("\x00", "\N{REPLACEMENT CHARACTER}"),
            query=query,
            product_id=product_id,
            response_status=getattr(error, "status", None),
        )
        await asyncio.to_thread(self._record, failure)
