"""The seams of this room: what a collector is, and what it needs from outside.

No Dagster, no SQL. The ledger behind `CallLedger` lives in `storage`; tests may hand in one of their own.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from dropship_pipeline.errors import AmazonApiError, EbayApiError, MarketplaceError
from dropship_pipeline.marketplaces.meter import CallMeter
from dropship_pipeline.models import ApiAnswer, ApiRequest, KeptAnswer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Category:
    """A category of Amazon that has a best-seller list.

    Args:
        id: as Rainforest takes it, e.g. `bestsellers_electronics`.
        name: as Amazon shows it, e.g. `Electronics`.
    """

    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRef:
    """One best-seller list to ask for: exactly one of `id` and `url` is set.

    Args:
        id: the category's id, sent as it is.
        url: address of the list on an Amazon site.
        name: the category's name, where it is known before the list is asked.
    """

    id: str | None = None
    url: str | None = None
    name: str | None = None

    @property
    def label(self) -> str:
        """What people recognise the list by: its name, else its id, else its address."""
        return self.name or self.id or self.url or ""


class IProductCollector(Protocol):
    """Asks one marketplace for products."""

    async def collect_products(self, query: str, top_k: int) -> Sequence[object]:
        """Return at most `top_k` distinct products for `query`, best first; [] if the marketplace has none.

        Ours return `Product`; to whoever hands them on they are opaque.

        Raises:
            RunFatal: the key is refused or out of credits, or answers cannot be kept.
            MarketplaceError: this query failed; others may work. Ours raise `AmazonApiError` and `EbayApiError`.
        """
        ...


@contextmanager
def raised_as(kind: type[AmazonApiError] | type[EbayApiError]) -> Iterator[None]:
    """Raise a failed query as its marketplace's error; the reason stays in `kind`."""
    try:
        yield
    except MarketplaceError as error:
        # One error in the log, not two: it stands where the first one was raised.
        raise kind(str(error), status=error.status, kind=error.kind).with_traceback(error.__traceback__) from None


class AnswerSource(Protocol):
    """Answers requests: by paid calls, or from what is kept of them."""

    @property
    def meter(self) -> CallMeter:
        """Counts the answers, and takes how well they could be read."""
        ...

    async def ask(self, request: ApiRequest, parse: Callable[[ApiAnswer], T]) -> T:
        """Return the parsed answer to `request`.

        Raises:
            BadAnswer: by `parse`, where the answer is not what was asked for.
        """
        ...


class CallLedger(Protocol):
    """Reserves a paid call before it is made and settles it after. One instance belongs to one job."""

    async def reserve(self, request: ApiRequest, credits_estimate: int) -> KeptAnswer | None:
        """Return the kept answer if this job has paid for `request` already, else reserve the call and return None.

        Raises:
            StorageUnavailable: the ledger cannot be written; the call must not be made.
        """
        ...

    async def settle(self, request: ApiRequest, answer: ApiAnswer, *, credits: int | None, attempts: int) -> int:
        """Keep a good answer and record what it cost; return the credits booked.

        Args:
            request: the reserved call.
            answer: the raw answer, kept in the object store.
            credits: what the provider says it cost; None if it does not say (the estimate is booked and marked).
            attempts: how many times the provider was asked.

        Raises:
            StorageUnavailable: the answer could not be kept.
        """
        ...

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
        """Record a call that gave no usable answer, and the credits it cost all the same.

        A later attempt of the same job asks again. `answer` is kept for diagnosis where there was one.
        """
        ...
