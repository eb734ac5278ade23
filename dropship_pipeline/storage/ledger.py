"""The call ledger: one row a paid call, reserved before it is made and settled after, its raw answer kept in S3.

A job that asks the same thing again is given the kept answer. A call that was in flight when the process died stays
`reserved`; if its answer had reached S3 it is adopted, otherwise the call is made again.
"""

import asyncio
from collections.abc import Mapping
from typing import Protocol

from sqlalchemy import ColumnElement, Connection, func, insert, select, text, update

from dropship_pipeline.errors import BudgetExhausted, RunFatal
from dropship_pipeline.models import ApiAnswer, ApiRequest, KeptAnswer, Provider
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.locks import lock_transaction
from dropship_pipeline.storage.database.tables import api_calls
from dropship_pipeline.storage.raw_answers import RawAnswer, pack, unpack
from dropship_pipeline.storage.waiting import StoreWait

# While a job has not seen what a call costs: ScraperAPI publishes no price for eBay, Rainforest charges 1 a page.
_FIRST_CALL_MARGIN: Mapping[Provider, int] = {"rainforest": 1, "scraperapi": 2}
_FIND = select(api_calls.c.state, api_calls.c.raw_key, api_calls.c.run_id)
# What is spent, and what calls in flight may still cost; the call itself, where it is asked again, counts anew.
_COSTS = text(
    """
    SELECT coalesce(sum(coalesce(credits, 0) + CASE
               WHEN state = 'reserved' AND NOT (provider = :provider AND fingerprint = :fingerprint)
               THEN credits_reserved ELSE 0 END), 0) AS committed,
           coalesce(max(credits) FILTER (WHERE provider = :provider AND state = 'settled'), 0) AS dearest
    FROM api_calls WHERE job_id = :job_id
    """
)

_PAY = text(
    """
    UPDATE collection_runs SET credits_used = credits_used + :cost, credits_by_provider = credits_by_provider
        || jsonb_build_object(CAST(:provider AS text), coalesce((credits_by_provider->>:provider)::int, 0) + :cost)
    WHERE id = :run_id
    """
)


class RawStore(Protocol):
    """The part of the object store that the ledger needs."""

    def put(self, key: str, data: bytes, content_type: str, metadata: Mapping[str, str]) -> None:
        """Write an object, replacing what was there."""
        ...

    def get(self, key: str) -> bytes | None:
        """Read an object; None if there is none."""
        ...


class JobLedger:
    """The ledger as one job sees it; implements `marketplaces.base.CallLedger`.

    Args:
        job_id: the job that pays for them.
        run_id: the run whose figures the calls are; None where no run is recorded.
        budget: credits that the job may cost over all its runs; None for no limit.
        wait: for the object store.
    """

    def __init__(
        self,
        database: Database,
        raw: RawStore,
        *,
        org_id: str,
        job_id: str,
        run_id: int | None = None,
        budget: int | None = None,
        wait: StoreWait | None = None,
    ) -> None:
        self._database = database
        self._wait = wait or StoreWait(0)
        self._raw = raw
        self._org_id = org_id
        self._job_id = job_id
        self._run_id = run_id
        self._budget = budget
        self._estimates: dict[Provider, int] = {}

    async def reserve(self, request: ApiRequest, credits_estimate: int) -> KeptAnswer | None:
        """Return the kept answer if this job has paid for `request`, else reserve the call and return None.

        Raises:
            StorageUnavailable: Postgres or S3 does not answer; the call must not be made.
            BudgetExhausted: the call might cost more than is left; it must not be made.
        """
        return await self._wait.call(self._reserve, request, credits_estimate)

    async def settle(self, request: ApiRequest, answer: ApiAnswer, *, credits: int | None, attempts: int) -> int:
        """Keep the answer in S3, then book its credits; the estimate is booked where the provider named none.

        Raises:
            StorageUnavailable: the answer could not be kept.
        """
        try:
            await self._wait.call(self._keep, self._raw_key(request), answer, credits)
        except (RunFatal, asyncio.CancelledError):  # away, or refusing, or a stop: paid for is paid for
            lost = "the answer could not be kept"
            booking = asyncio.to_thread(self._book_failure, request, lost, answer.status, credits, attempts, None)
            await asyncio.shield(booking)
            raise
        return await asyncio.to_thread(self._book, request, answer, credits, attempts)

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
        """Book a call without a usable answer; the next attempt of this job asks again."""
        raw_key, lost = None, None
        if answer is not None:
            raw_key = self._raw_key(request, failed=True)
            try:
                await self._wait.call(self._keep, raw_key, answer, credits)
            except (RunFatal, asyncio.CancelledError) as error:  # booked all the same
                raw_key, lost = None, error
        booking = asyncio.to_thread(self._book_failure, request, reason, status, credits, attempts, raw_key)
        await asyncio.shield(booking)
        if lost is not None:
            raise lost

    def _reserve(self, request: ApiRequest, credits_estimate: int) -> KeptAnswer | None:
        self._estimates[request.provider] = credits_estimate
        with self._database.begin() as connection:
            found = connection.execute(_FIND.where(self._is(request))).one_or_none()
            if found is None:
                row = {
                    "job_id": self._job_id,
                    "provider": request.provider,
                    "fingerprint": request.fingerprint,
                    "org_id": self._org_id,
                    "run_id": self._run_id,
                    "request": {"path": request.path, "params": dict(request.params)},
                    "state": "reserved",
                    "credits_reserved": self._affordable(connection, request, credits_estimate),
                }
                connection.execute(insert(api_calls), row)
                return None
        own = found.run_id == self._run_id
        if found.state == "settled":
            kept = self._read(found.raw_key) if found.raw_key else None  # none where it was pruned
            if kept is not None:
                return KeptAnswer(kept.answer, of_this_run=own)
        elif found.state == "reserved":
            kept = self._read(self._raw_key(request))
            if kept is not None:  # the process died between keeping the answer and booking it
                self._book(request, kept.answer, kept.credits, attempts=1)
                return KeptAnswer(kept.answer, of_this_run=own)
        self._reopen(request, credits_estimate)
        return None

    def _reopen(self, request: ApiRequest, credits_estimate: int) -> None:
        """Reserve a call again whose answer is not to be had; what it has cost so far stays booked."""
        with self._database.begin() as connection:
            reserved = self._affordable(connection, request, credits_estimate)
            connection.execute(
                update(api_calls)
                .where(self._is(request))
                .values(
                    state="reserved", credits_reserved=reserved, reserved_at=func.now(), error=None, run_id=self._run_id
                )
            )

    def _affordable(self, connection: Connection, request: ApiRequest, credits_estimate: int) -> int:
        """What to reserve for a call: the most that one of the provider's has cost this job, at first the estimate.

        Other calls of the job wait at the lock until this transaction ends, so that no two reserve the same credits.
        """
        if self._budget is None:
            return credits_estimate
        lock_transaction(connection, f"budget:{self._job_id}")
        costs = connection.execute(
            _COSTS, {"job_id": self._job_id, "provider": request.provider, "fingerprint": request.fingerprint}
        ).one()
        needed = int(costs.dearest) or credits_estimate * _FIRST_CALL_MARGIN[request.provider]
        if costs.committed + needed > self._budget:
            raise BudgetExhausted(
                f"budget: {costs.committed} of {self._budget} credits are spent or reserved, and the next call may "
                f"cost {needed}; resume the run with a higher max_credits"
            )
        return needed

    def _book(self, request: ApiRequest, answer: ApiAnswer, credits: int | None, attempts: int) -> int:
        """Settle a call; return what it cost with this attempt."""
        return self._settle(
            request,
            credits,
            state="settled",
            credits_estimated=credits is None,
            http_status=answer.status,
            raw_key=self._raw_key(request),
            attempts=api_calls.c.attempts + attempts,
            error=None,
        )

    def _book_failure(
        self,
        request: ApiRequest,
        reason: str,
        status: int | None,
        credits: int | None,
        attempts: int,
        raw_key: str | None,
    ) -> None:
        self._settle(
            request,
            credits,
            state="failed",
            http_status=status,
            raw_key=raw_key,
            attempts=api_calls.c.attempts + attempts,
            error=reason,
        )

    def _settle(self, request: ApiRequest, credits: int | None, **columns: object) -> int:
        """Book a call in the ledger, and in the same transaction in the figures of the run that made it.

        Args:
            request: the call.
            credits: what it cost; None books the estimate. What earlier attempts had cost stays paid.
            columns: of the ledger's row.

        Returns:
            The credits that were booked now.
        """
        cost = self._estimates[request.provider] if credits is None else credits
        paid = func.coalesce(api_calls.c.credits, 0) + cost
        statement = (
            update(api_calls)
            .where(self._is(request))
            .values(credits=paid, settled_at=func.now(), **columns)
            .returning(api_calls.c.run_id)
        )
        with self._database.begin() as connection:
            run_id = connection.execute(statement).scalar_one()
            if run_id is not None and cost:
                connection.execute(_PAY, {"run_id": run_id, "provider": request.provider, "cost": cost})
        return cost

    def _is(self, request: ApiRequest) -> ColumnElement[bool]:
        return (
            (api_calls.c.job_id == self._job_id)
            & (api_calls.c.provider == request.provider)
            & (api_calls.c.fingerprint == request.fingerprint)
        )

    def _raw_key(self, request: ApiRequest, *, failed: bool = False) -> str:
        suffix = ".failed" if failed else ""
        return f"raw/{request.provider}/{self._job_id}/{request.fingerprint}{suffix}.json.gz"

    def _keep(self, key: str, answer: ApiAnswer, credits: int | None) -> None:
        self._raw.put(key, pack(answer, credits), "application/gzip", {})

    def _read(self, key: str) -> RawAnswer | None:
        data = self._raw.get(key)
        return None if data is None else unpack(data)
