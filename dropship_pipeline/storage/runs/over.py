"""Is this run over? Decided from what its record, its locks and Dagster say of it at one moment; nothing is asked here.

A record is settled as soon as Dagster says that its run has ended, or that there is no such run. Dagster is told that a
run has ended where it cannot know: a killed `dagster job execute`, or a code server that was lost with its runs. Both
stay STARTED for ever. Whatever may still be alive is left alone: a run that beats, one whose worker holds a platform
lock, one in which Dagster has logged something of late, and one that waits in Dagster's queue.
"""

from dataclasses import dataclass
from typing import Literal

from dagster import DagsterRunStatus

from dropship_pipeline.models import FINAL_STATES, RunState

# An orphaned step settles the record itself, within a second or two, and knows better why.
ENDED_GRACE_S = 5.0
# Longer than a call may take that is in flight at a stop.
DRAINED_AFTER_S = 100.0
# Longer than any pause between two steps, and short enough for a run to be settled within two minutes.
DEAD_AFTER_S = 60.0
# A run that has a record and has started, but whose first step has not been heard of.
BEGUN_WITHIN_S = 90.0
# A run that does not have to beat: without a record, or summed up already. Nothing shows it but Dagster's log.
UNHEARD_AFTER_S = 900.0
WAITING = frozenset(
    {
        DagsterRunStatus.QUEUED,
        DagsterRunStatus.NOT_STARTED,
        DagsterRunStatus.MANAGED,
        DagsterRunStatus.SUSPENDED,
        DagsterRunStatus.STARTING,
    }
)
GO_ON = "resume it to go on from there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signs:
    """What is known of one run.

    Args:
        record: its record's state; None if it has none.
        dagster: its state in Dagster; None if Dagster has no such run.
        silent_s: seconds since the record was last heard of; None if it never was.
        quiet_s: seconds since Dagster last logged something of the run; of an ended one, since its end.
        age_s: seconds since the record was made.
        works: whether a worker of its org holds a platform lock.
        reason: why Dagster says that it failed.
    """

    record: RunState | None
    dagster: DagsterRunStatus | None
    silent_s: float | None = None
    quiet_s: float = 0.0
    age_s: float = 0.0
    works: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do about a run that is over.

    Args:
        why: one sentence.
        record: the state to settle its record in; None to leave it.
        dagster: what to tell Dagster of it; None if Dagster knows.
    """

    why: str
    record: Literal["failed", "stopped"] | None
    dagster: Literal["failed", "canceled"] | None = None


def verdict(signs: Signs) -> Verdict | None:
    """What to do about a run; None to leave it alone."""
    is_open = signs.record is not None and signs.record not in FINAL_STATES
    if signs.dagster is None:
        return _without_dagster(signs) if is_open else None
    if signs.dagster in WAITING:
        return None
    if signs.dagster in (DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING):
        return _started(signs, is_open=is_open)
    # Of a run that was cancelled, a worker on another machine may still wait for the calls that it has made.
    drains = signs.dagster is DagsterRunStatus.CANCELED and _has_worker(signs)
    grace_s = DRAINED_AFTER_S if drains else ENDED_GRACE_S
    return _ended(signs) if is_open and signs.quiet_s >= grace_s else None


def _ended(signs: Signs) -> Verdict:
    if signs.dagster is DagsterRunStatus.CANCELED:
        return Verdict(f"The run was cancelled in Dagster; {GO_ON}", "stopped")
    if signs.dagster is DagsterRunStatus.SUCCESS:
        return Verdict(f"The run ended without its summary, as if only some of its steps were asked for; {GO_ON}",
                       "failed")  # fmt: skip
    return Verdict(f"The run failed in Dagster: {signs.reason or 'no reason given'}; {GO_ON}", "failed")


def _without_dagster(signs: Signs) -> Verdict | None:
    """It was deleted, or belongs to another Dagster instance; in the latter it may well be alive."""
    since = signs.age_s if signs.silent_s is None else signs.silent_s
    if since < DEAD_AFTER_S or _has_worker(signs):
        return None
    return Verdict(f"Dagster has no such run (any more), and nothing is heard of it; {GO_ON}", "failed")


def _started(signs: Signs, *, is_open: bool) -> Verdict | None:
    if signs.quiet_s < _patience(signs) or (is_open and _has_worker(signs)):
        return None
    why = f"The run's processes died without a word; {GO_ON}"
    if signs.dagster is DagsterRunStatus.CANCELING or signs.record in ("stopping", "stopped"):
        return Verdict(why, "stopped" if is_open else None, "canceled")  # as failed, Dagster might start it again
    return Verdict(why, "failed" if is_open else None, "failed")


def _patience(signs: Signs) -> float:
    """How long Dagster's log has to be quiet; infinite for a run that beats."""
    if signs.record in (None, "completed", "degraded"):
        return UNHEARD_AFTER_S
    if signs.silent_s is None:
        return BEGUN_WITHIN_S
    return DEAD_AFTER_S if signs.silent_s >= DEAD_AFTER_S else float("inf")


def _has_worker(signs: Signs) -> bool:
    """A run that waits for its turn has none; whoever works is the one that it waits for."""
    return signs.works and signs.record != "pending"
