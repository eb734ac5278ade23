"""A marketplace that serves both jobs and can be told what to do at a certain call, and the module that re-executes.

`python -m dropship_pipeline_tests.blackbox.both_jobs JOB RUN` goes on with a run from its failed steps, as the button
of the Dagster UI does.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from itertools import count

from dagster import DagsterInstance, JobDefinition, ReexecutionOptions, execute_job, reconstructable

from dropship_pipeline_tests.blackbox.goods import amazon_row, ebay_row, price, usd
from dropship_pipeline_tests.blackbox.market import Answer, Seen
from dropship_pipeline_tests.blackbox.planted import SellerMarket, seller
from dropship_pipeline_tests.blackbox.wire import rainforest, structured

LISTS: Mapping[str, Sequence[int]] = {"sim-a": range(1, 15), "sim-b": range(11, 25), "sim-c": range(21, 35)}
QUERIES = ("brass lamp", "steel cup", "oak tray", "wool rug", "clay pot")
ROWS = 4
REFUSED = Answer(b"unknown key", 401)


class BothJobs(SellerMarket):
    """Lists and offers for `collect_sellers`, and products without pictures for the `QUERIES`.

    `at_call` is called with the number of each paid call since it was set; what it returns takes the answer's place.
    """

    def __init__(self, latency_s: float = 0.02) -> None:
        super().__init__(latency_s, LISTS)
        self._numbers = count(1)
        self._at_call: Callable[[int], Answer | None] = lambda _: None

    def do_at_call(self, act: Callable[[int], Answer | None]) -> None:
        """Act at calls from now on."""
        self._numbers, self._at_call = count(1), act

    def answer(self, seen: Seen) -> Answer:
        if seen.kind == "api":
            spoiled = self._at_call(next(self._numbers))
            if spoiled is not None:
                return spoiled
        if seen.query in QUERIES and seen.kind == "api":
            return self._products(seen)
        return super().answer(seen)

    def _products(self, seen: Seen) -> Answer:
        place = QUERIES.index(seen.query)
        numbers = range(place * ROWS, (place + 1) * ROWS)
        if seen.platform == "amazon":
            rows = [amazon_row(f"B0ROW{n:05}", f"{seen.query} {n}", price=price(9, "$9.00")) for n in numbers]
            return rainforest(rows if seen.page == 1 else [], current_page=seen.page, total_pages=1)
        offered = {"item_price": usd(8.5)}
        listed = [ebay_row(8_000_000_000 + n, f"{seen.query} {n}", seller_name=seller(n), **offered) for n in numbers]
        return structured(listed if seen.page == 1 else [], next_pages=None, credits=self.structured_credits)


def collect_sellers() -> JobDefinition:
    return _job("collect_sellers")


def collect_and_store() -> JobDefinition:
    return _job("collect_and_store")


def _job(name: str) -> JobDefinition:
    from dropship_pipeline.definitions import defs  # noqa: PLC0415  (reads the environment)

    return defs.resolve_job_def(name)


def main(job_name: str, run_id: str) -> int:
    """Re-execute a run from its failure; 0 if it succeeds."""
    made = {"collect_sellers": collect_sellers, "collect_and_store": collect_and_store}[job_name]
    with DagsterInstance.get() as instance:
        options = ReexecutionOptions.from_failure(run_id, instance)
        with execute_job(reconstructable(made), instance=instance, reexecution_options=options) as result:
            return 0 if result.success else 1


if __name__ == "__main__":
    # Under its own name, by which the step processes find the jobs again.
    sys.exit(import_module("dropship_pipeline_tests.blackbox.both_jobs").main(*sys.argv[1:]))
