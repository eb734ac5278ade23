"""Which collections were read or judged by other versions than today's, so that a replay may judge otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from dropship_pipeline.jobs.registry import REPLAY, SELLERS
from dropship_pipeline.models import FINAL_STATES
from dropship_pipeline.storage.database.connection import Database

# What stands of a job was judged by its latest replay, and by the runs of its own that came later.
_OUTDATED = text(
    """
    WITH judging AS (
        SELECT job_id, id, parser_version, matcher_version, false AS again FROM collection_runs c
        WHERE org_id = :org AND job_name = :sellers
        AND EXISTS (SELECT FROM query_outcomes q WHERE q.run_id = c.id AND q.platform = 'ebay')
        UNION ALL
        SELECT replay ->> 'job_id', id, parser_version, matcher_version, true FROM collection_runs
        WHERE org_id = :org AND job_name = :replay AND replay IS NOT NULL
    ), placed AS (
        SELECT *, coalesce(max(id) FILTER (WHERE again) OVER (PARTITION BY job_id), 0) AS latest_replay FROM judging
    ), outdated AS (
        SELECT job_id, max(id) AS run_id,
            array_agg(DISTINCT parser_version) AS parsers, array_agg(DISTINCT matcher_version) AS matchers
        FROM placed WHERE id >= latest_replay
        AND (parser_version IS DISTINCT FROM :parser OR matcher_version IS DISTINCT FROM :matcher)
        GROUP BY job_id
    )
    SELECT job_id, parsers, matchers,
        EXISTS (
            SELECT FROM collection_runs r WHERE r.org_id = :org AND r.status <> ALL(:final) AND (
                r.job_id = outdated.job_id
                OR (r.job_name = :replay AND r.config ->> 'replayed_job_id' = outdated.job_id))
        ) AS waiting,
        EXISTS (
            SELECT FROM api_calls a WHERE a.org_id = :org AND a.job_id = outdated.job_id
            AND a.provider = 'scraperapi' AND a.http_status = 200 AND a.raw_key IS NOT NULL
        ) AS kept
    FROM outdated ORDER BY run_id DESC
    """
)
_NO_VERSION = "a release that did not note its version"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outdated:
    """Collections of an org that other versions than today's read or judged.

    Args:
        job_ids: of those that can be judged again, newest first.
        waiting: number of those of which a run, or a replay, waits or works.
        not_kept: number of those that cannot be judged again: no answer to a search of theirs is kept.
        judged_by: the versions behind `job_ids`, in words.
    """

    job_ids: Sequence[str]
    waiting: int
    not_kept: int
    judged_by: Sequence[str]

    @property
    def sentence(self) -> str | None:
        """All of it in words; None where nothing can be judged again, or is about to be."""
        if not (self.job_ids or self.waiting):
            return None
        number = len(self.job_ids)
        parts = [f"{number:,} {_were(number)} judged by {' or '.join(self.judged_by)}"] if number else []
        if self.waiting:
            parts.append(f"{self.waiting:,} {_were(self.waiting)} waiting to be judged again, or being collected")
        if self.not_kept:
            parts.append(f"{self.not_kept:,} cannot be judged again, since their answers are not kept any more")
        return "; ".join(parts)


def outdated(database: Database, org_id: str, *, parser_version: str, matcher_version: str) -> Outdated:
    """The collections of an org that were read or judged by other versions than these.

    Raises:
        StorageUnavailable: Postgres does not answer.
    """
    values = {
        "org": org_id, "sellers": SELLERS.name, "replay": REPLAY.name, "final": list(FINAL_STATES),
        "parser": parser_version, "matcher": matcher_version,
    }  # fmt: skip
    with database.begin() as connection:
        found = connection.execute(_OUTDATED, values).all()
    free = [row for row in found if row.kept and not row.waiting]
    matchers = {version for row in free for version in row.matchers}
    parsers = {version for row in free for version in row.parsers}
    return Outdated(
        job_ids=[row.job_id for row in free],
        waiting=sum(row.kept and row.waiting for row in found),
        not_kept=sum(not row.kept for row in found),
        judged_by=[
            *(f"matcher {version}" for version in sorted(matchers - {None, matcher_version})),
            *(f"parsers {version}" for version in sorted(parsers - {None, parser_version})),
            *([_NO_VERSION] if None in matchers | parsers else []),
        ],
    )


def _were(number: int) -> str:
    return "collection was" if number == 1 else "collections were"
