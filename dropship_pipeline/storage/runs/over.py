"""Decides when a run is over, from what is known of it at one moment. Nothing is read and nothing is written here.

A record is settled as soon as Dagster says that its run has ended, or that there is no such run. Dagster is told that a
run has ended where it cannot know: a killed `dagster job execute`, or a code server that was lost with its runs. Both
stay STARTED for ever. A run that may still be alive is left alone: one that beats, one whose worker holds a platform
lock, one of which Dagster logged something lately, and one that waits in Dagster's queue.

Where Dagster is not asked, a record is dead that is silent and whose org has no worker at work (`dead`).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import ColumnElement, func, or_

from dropship_pipeline.models import FINAL_STATES, RunState
from dropship_pipeline.storage.database.locks import platform_lock_is_held
from dropship_pipeline.storage.database.tables import collection_runs

OPEN_STATES = ("pending", "running", "stopping")
# Of Dagster's states, those that are told apart here. One that waits may have no process yet.
DagsterState = Literal["waiting", "started", "canceling", "succeeded", "failed", "canceled"]
# Steps beat once a second; between two steps a busy machine may need some seconds to start the next process.
STALE_AFTER = timedelta(seconds=20)
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
GO_ON = "resume it to go on from there"
DIED = f"The run's processes died without a word; {GO_ON}"

_columns = collection_runs.c


def dead() -> ColumnElement[bool]:
    """Condition for an open record whose run is dead: silent, and without a worker.

    A run that waits for its turn holds no lock: the run that it waits for holds the org's. One that waits in Dagster's
    queue has sent no heartbeat yet and is left alone: only Dagster knows about it.
    """
    silent = _columns.heartbeat_at < func.now() - STALE_AFTER
    return silent & or_(_columns.status == "pending", ~has_worker())


def has_worker() -> ColumnElement[bool]:
    """Whether a worker of the record's org is at work."""
    return platform_lock_is_held(_columns.org_id)


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
    dagster: DagsterState | None
    silent_s: float | None = None
    quiet_s: float = 0.0
    age_s: float = 0.0
    works: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run that is over ended, where that is not written yet.

    Args:
        why: one sentence.
        record: the state to settle its record in; None to leave it.
        dagster: what to tell Dagster of it; None if Dagster knows.
    """

    why: str
    record: Literal["failed", "stopped"] | None
    dagster: Literal["failed", "canceled"] | None = None


def run_end(signs: Signs) -> RunEnd | None:
    """How a run has ended; None for one to leave alone."""
    is_open = signs.record is not None and signs.record not in FINAL_STATES
    if signs.dagster is None:
        return _without_dagster(signs) if is_open else None
    if signs.dagster == "waiting":
        return None
    if signs.dagster in ("started", "canceling"):
        return _started(signs, is_open=is_open)
    # Of a run that was cancelled, a worker on another machine may still wait for the calls that it has made.
    drains = signs.dagster == "canceled" and _has_worker(signs)
    grace_s = DRAINED_AFTER_S if drains else ENDED_GRACE_S
    return _ended(signs) if is_open and signs.quiet_s >= grace_s else None


def _ended(signs: Signs) -> RunEnd:
    if signs.dagster == "canceled":
        return RunEnd(f"The run was cancelled in Dagster; {GO_ON}", "stopped")
    if signs.dagster == "succeeded":
        return RunEnd(f"The run ended without its summary, as if only some of its steps were asked for; {GO_ON}",
                       "failed")  # fmt: skip
    return RunEnd(f"The run failed in Dagster: {signs.reason or 'no reason given'}; {GO_ON}", "failed")


def _without_dagster(signs: Signs) -> RunEnd | None:
    """The run was deleted, or belongs to another Dagster instance, where it may be alive."""
    since = signs.age_s if signs.silent_s is None else signs.silent_s
    if since < DEAD_AFTER_S or _has_worker(signs):
        return None
    return RunEnd(f"Dagster has no such run (any more), and nothing is heard of it; {GO_ON}", "failed")


def _started(signs: Signs, *, is_open: bool) -> RunEnd | None:
    if signs.quiet_s < _patience(signs) or (is_open and _has_worker(signs)):
        return None
    if signs.dagster == "canceling" or signs.record in ("stopping", "stopped"):
        return RunEnd(DIED, "stopped" if is_open else None, "canceled")  # as failed, Dagster might start it again
    return RunEnd(DIED, "failed" if is_open else None, "failed")


def _patience(signs: Signs) -> float:
    """How long Dagster's log has to be quiet; infinite for a run that beats."""
    if signs.record in (None, "completed", "degraded"):
        return UNHEARD_AFTER_S
    if signs.silent_s is None:
        return BEGUN_WITHIN_S
    return DEAD_AFTER_S if signs.silent_s >= DEAD_AFTER_S else float("inf")


def _has_worker(signs: Signs) -> bool:
    """Whether the run itself has a worker; a pending run has none, the worker is that of the run it waits for."""
    return signs.works and signs.record != "pending"
