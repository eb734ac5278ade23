"""How well the answers of a job could be read: kept with each search and list, added up, and said in words."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal

from sqlalchemy import text

from dropship_pipeline.models import Platform, Reading
from dropship_pipeline.storage.database.connection import OfOrg

Asked = Literal["search", "list"]
_SITES: Mapping[Platform, str] = {"amazon": "Amazon", "ebay": "eBay"}
# Of a row, why no product was made of it.
_REASONS = {
    "no_id": "without a number or link of its own",
    "no_title": "without a title",
    "unknown_layout": "in an unknown layout",
    "several_in_one": "with several listings in one",
    "not_a_row": "that are no product at all",
}
_NUMBERS = tuple(field.name for field in fields(Reading) if field.name not in ("skipped", "notices"))
_ALL = """
    WITH asked AS (
        SELECT job_id, run_id, platform, 'search' AS asked, state, reading
        FROM query_outcomes WHERE org_id = :org AND reading IS NOT NULL
        UNION ALL
        SELECT job_id, run_id, 'amazon', 'list', state, reading FROM list_outcomes WHERE org_id = :org
    ), mine AS (SELECT * FROM asked WHERE {condition})
"""
_SUMS = """
    SELECT job_id, platform, asked, count(*) AS number, count(*) FILTER (WHERE state = 'failed') AS failed,
        count(*) FILTER (WHERE state <> 'failed' AND (reading->>'pages_in_part')::int > 0) AS in_part,
        count(*) FILTER (WHERE state <> 'failed' AND (reading->>'pages_without_seller')::int > 0) AS without_seller,
        {numbers}
    FROM mine GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_KINDS = """
    SELECT job_id, platform, asked, kind.name AS kind, entry.key, sum(entry.value::int)::int AS number
    FROM mine, (VALUES ('skipped'), ('notices')) AS kind(name), jsonb_each_text(reading->kind.name) AS entry
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 4, 6 DESC, 5
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReading:
    """How well a job's answers of one platform could be read.

    Args:
        platform: who answered.
        asked: what was asked for: searches or best-seller lists.
        number: how many of them have ended.
        failed: of these, that failed.
        in_part: that did not fail, but lost more than a fifth of the rows or prices of a page.
        without_seller: that did not fail, but have a page on which no listing names a seller.
        reading: the sum over all of them.
    """

    platform: Platform
    asked: Asked
    number: int
    failed: int
    in_part: int
    without_seller: int
    reading: Reading

    @property
    def name(self) -> str:
        """`eBay searches`, `Amazon lists`."""
        return f"{_SITES[self.platform]} {self.asked}{'es' if self.asked == 'search' else 's'}"

    @property
    def sentence(self) -> str | None:
        """What was not read, in one line; None where everything was."""
        reading, parts = self.reading, []
        if self.in_part or reading.skipped or reading.without_price:
            reasons = [f"{_counted(number, 'row')} {_REASONS.get(why, why)}" for why, number in reading.skipped.items()]
            reasons += [f"{_counted(reading.without_price, 'row')} without a price"] if reading.without_price else []
            lost = f"of {_counted(reading.rows, 'row')}, lost are: {', '.join(reasons)}"
            parts.append(f"{self.in_part:,} of {self.number:,} {self.name} were read in part; {lost}")
        if self.without_seller:
            parts.append(f"{self.without_seller:,} of {self.number:,} {self.name} have a page that names no seller")
        if unknown := reading.notices.get("unknown"):
            parts.append(f"{_counted(unknown, 'notice')} between its rows with words that are not known")
        return ". ".join(parts) or None


class Readings(OfOrg):
    """Reads of one org. Every method is one transaction and raises StorageUnavailable."""

    def of_jobs(self, job_ids: Sequence[str]) -> dict[str, list[JobReading]]:
        """What each of these jobs read, all its runs together: Amazon before eBay."""
        return self._read("job_id = ANY(:ids)", list(job_ids))

    def of_job(self, job_id: str) -> list[JobReading]:
        """What a job read, all its runs together."""
        return self.of_jobs([job_id]).get(job_id, [])

    def of_run(self, run_id: int) -> list[JobReading]:
        """What a run read; searches that a later run of its job made again are that run's."""
        return [reading for found in self._read("run_id = ANY(:ids)", [run_id]).values() for reading in found]

    def _read(self, condition: str, ids: list[Any]) -> dict[str, list[JobReading]]:
        mine = _ALL.format(condition=condition)
        numbers = ", ".join(f"sum(coalesce((reading->>'{name}')::int, 0))::int AS {name}" for name in _NUMBERS)
        values = {"org": self._org_id, "ids": ids}
        kinds: dict[tuple[Any, ...], dict[str, int]] = defaultdict(dict)
        found: dict[str, list[JobReading]] = defaultdict(list)
        with self._database.begin() as connection:
            for row in connection.execute(text(mine + _KINDS), values):
                kinds[row.job_id, row.platform, row.asked, row.kind][row.key] = row.number
            for row in connection.execute(text(mine + _SUMS.format(numbers=numbers)), values):
                own = (row.job_id, row.platform, row.asked)
                found[row.job_id].append(
                    JobReading(
                        platform=row.platform,
                        asked=row.asked,
                        number=row.number,
                        failed=row.failed,
                        in_part=row.in_part,
                        without_seller=row.without_seller,
                        reading=Reading(
                            skipped=kinds[(*own, "skipped")],
                            notices=kinds[(*own, "notices")],
                            **{name: getattr(row, name) for name in _NUMBERS},
                        ),
                    )
                )
        return found


def reading_columns(reading: Reading) -> dict[str, Any]:
    """The columns of an outcome that say how well its answers could be read."""
    numbers = {name: getattr(reading, name) for name in _NUMBERS}
    kinds = {"skipped": dict(reading.skipped), "notices": dict(reading.notices)}
    return {"skipped_rows": reading.skipped_rows, "reading": numbers | kinds}


def _counted(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"
