"""What may be asked of a collection run, checked before anything is paid for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from dropship_pipeline.errors import RequestInvalid

MAX_QUERIES = 1_000
MAX_QUERY_CHARS = 300
MAX_TOP_K = 1_000
MAX_STORAGE_WINDOW = 64
MAX_PAUSE_S = 3_600.0
# A job id becomes part of S3 keys.
_JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionRequest:
    """A valid request of `collect_and_store`. Build it with `checked()`.

    Args:
        job_id: runs with the same job id resume each other.
        queries: search terms, in order.
        top_amz: at most so many Amazon products a query.
        top_ebay: at most so many eBay products a query.
        storage_window: how many products a worker may store at once.
        pause_s: seconds between two queries of a worker.
    """

    job_id: str
    queries: tuple[str, ...]
    top_amz: int
    top_ebay: int
    storage_window: int = 1
    pause_s: float = 0.0

    @classmethod
    def checked(cls, **values: Any) -> Self:  # noqa: ANN401  (the fields above, as they were typed by somebody)
        """Build a request from untrusted values.

        Raises:
            RequestInvalid: names the field, what is wrong with it and what is allowed.
        """
        request = cls(**{**values, "queries": _checked_queries(values["queries"])})
        check_job_id(request.job_id)
        check_range("top_amz", request.top_amz, 0, MAX_TOP_K)
        check_range("top_ebay", request.top_ebay, 0, MAX_TOP_K)
        check_range("storage_window", request.storage_window, 1, MAX_STORAGE_WINDOW)
        check_range("pause_s", request.pause_s, 0, MAX_PAUSE_S)
        return request


def _checked_queries(queries: Sequence[str]) -> tuple[str, ...]:
    if len(queries) > MAX_QUERIES:
        raise RequestInvalid(f"queries holds {len(queries)} entries: at most {MAX_QUERIES} fit in one run, split it")
    checked = []
    for number, query in enumerate(queries, start=1):
        text = query.strip()
        if not text:
            raise RequestInvalid(f"queries: entry {number} is empty; write a search term or remove it")
        if len(text) > MAX_QUERY_CHARS:
            raise RequestInvalid(
                f"queries: entry {number} has {len(text)} characters; a search term has at most {MAX_QUERY_CHARS}"
            )
        if not text.isprintable():
            raise RequestInvalid(f"queries: entry {number} holds a control character; write it on one line")
        checked.append(text)
    # The same query twice would be answered from the ledger anyway; asked once it is also counted once.
    return tuple(dict.fromkeys(checked))


def check_job_id(job_id: str) -> None:
    """Refuse a job id that cannot be part of an S3 key.

    Raises:
        RequestInvalid: says what one looks like.
    """
    if not _JOB_ID.fullmatch(job_id):
        raise RequestInvalid(
            f"job_id {job_id[:40]!r} cannot be used: write 1 to 100 letters, digits, '.', '_' or '-', or leave it empty"
        )


def check_range(name: str, value: float, low: float, high: float) -> None:
    """Refuse a value outside of low..high.

    Raises:
        RequestInvalid: names the field, its value and what is allowed.
    """
    if not low <= value <= high:
        raise RequestInvalid(f"{name} is {value}; it must be between {low:g} and {high:g}")
