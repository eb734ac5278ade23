"""Which runs are over, from all that can be known of one at a moment."""

from itertools import product
from typing import Any

import pytest
from dagster import DagsterRunStatus
from hypothesis import given
from hypothesis import strategies as st

from dropship_pipeline.models import FINAL_STATES, RunState
from dropship_pipeline.orchestration.sensors.settlement import dagster_state
from dropship_pipeline.storage.runs.over import (
    BEGUN_WITHIN_S,
    DEAD_AFTER_S,
    DRAINED_AFTER_S,
    ENDED_GRACE_S,
    UNHEARD_AFTER_S,
    Signs,
    run_end,
)

D = DagsterRunStatus
WAITING = {status for status in D if dagster_state(status) == "waiting"}
DEAD, UNHEARD = DEAD_AFTER_S, UNHEARD_AFTER_S
OPEN: tuple[RunState, ...] = ("pending", "running", "stopping")


def decided(record: RunState | None, dagster: DagsterRunStatus | None, **signs: Any) -> tuple[str | None, str | None]:
    """What becomes of the record and what Dagster is told."""
    found = run_end(Signs(record=record, dagster=None if dagster is None else dagster_state(dagster), **signs))
    return (None, None) if found is None else (found.record, found.dagster)


NOTHING = (None, None)
SILENT = {"silent_s": DEAD, "quiet_s": DEAD}


@pytest.mark.parametrize(
    ("record", "dagster", "signs", "expected"),
    [
        pytest.param("running", D.CANCELED, {"quiet_s": 9}, ("stopped", None), id="cancelled"),
        pytest.param("running", D.FAILURE, {"quiet_s": 9}, ("failed", None), id="failed"),
        pytest.param("running", D.SUCCESS, {"quiet_s": 9}, ("failed", None), id="ended without its summary"),
        pytest.param("pending", D.CANCELED, {"quiet_s": 9}, ("stopped", None), id="cancelled in the queue"),
        pytest.param("running", D.FAILURE, {"quiet_s": ENDED_GRACE_S - 1}, NOTHING, id="an orphan may know why"),
        pytest.param("running", D.FAILURE, {"quiet_s": 9, "silent_s": 0, "works": True}, ("failed", None),
                     id="an orphan that goes on working is told to end"),
        pytest.param("completed", D.FAILURE, {"quiet_s": 9}, NOTHING, id="settled before"),
        pytest.param("running", None, {"silent_s": DEAD}, ("failed", None), id="deleted"),
        pytest.param("running", None, {"silent_s": DEAD - 1}, NOTHING, id="alive in another Dagster instance"),
        pytest.param("running", None, {"silent_s": DEAD, "works": True}, NOTHING, id="its worker is at work"),
        pytest.param("pending", None, {"silent_s": DEAD, "works": True}, ("failed", None), id="another one's worker"),
        pytest.param("pending", None, {"age_s": DEAD}, ("failed", None), id="deleted from the queue"),
        pytest.param("pending", None, {"age_s": DEAD - 1}, NOTHING, id="recorded just before Dagster has it"),
        pytest.param("pending", D.QUEUED, {"age_s": 9e9}, NOTHING, id="waits in the queue, however long"),
        pytest.param("running", D.STARTED, {"silent_s": 0, "quiet_s": 9e9}, NOTHING, id="beats"),
        pytest.param("running", D.STARTED, {"silent_s": DEAD - 1, "quiet_s": 9e9}, NOTHING, id="beat of late"),
        pytest.param("running", D.STARTED, {"silent_s": 9e9, "quiet_s": DEAD - 1}, NOTHING, id="between two steps"),
        pytest.param("running", D.STARTED, {**SILENT, "works": True}, NOTHING, id="hangs, but holds its lock"),
        pytest.param("running", D.STARTED, SILENT, ("failed", "failed"), id="killed"),
        pytest.param("stopping", D.STARTED, SILENT, ("stopped", "canceled"), id="killed while it stopped"),
        pytest.param("stopped", D.STARTED, SILENT, (None, "canceled"), id="stopped, then killed: not to be retried"),
        pytest.param("running", D.CANCELING, SILENT, ("stopped", "canceled"), id="killed, then cancelled"),
        pytest.param("pending", D.STARTED, {**SILENT, "works": True}, ("failed", "failed"), id="killed in its wait"),
        pytest.param("failed", D.STARTED, SILENT, (None, "failed"), id="killed, and settled by the next run"),
        pytest.param("failed", D.STARTED, {**SILENT, "works": True}, (None, "failed"), id="and that one works"),
        pytest.param("failed", D.STARTED, {"silent_s": DEAD, "quiet_s": 1}, NOTHING, id="failed, and about to end"),
        pytest.param("completed", D.STARTED, SILENT, NOTHING, id="summed up, checks its tables"),
        pytest.param("completed", D.STARTED, {"silent_s": UNHEARD, "quiet_s": UNHEARD}, (None, "failed"),
                     id="killed after its summary"),
        pytest.param("pending", D.STARTED, {"age_s": DEAD, "quiet_s": DEAD}, NOTHING, id="its process starts"),
        pytest.param("pending", D.STARTED, {"age_s": 90, "quiet_s": BEGUN_WITHIN_S}, ("failed", "failed"),
                     id="its process was killed before its first step"),
        pytest.param("running", D.CANCELED, {"quiet_s": 9, "silent_s": 0, "works": True}, NOTHING,
                     id="a worker elsewhere waits for its calls"),
        pytest.param("running", D.CANCELED, {"quiet_s": DRAINED_AFTER_S, "works": True}, ("stopped", None),
                     id="and waits too long"),
        pytest.param(None, D.STARTED, {"quiet_s": DEAD}, NOTHING, id="no record yet"),
        pytest.param(None, D.STARTED, {"quiet_s": UNHEARD}, (None, "failed"), id="killed before it had a record"),
        pytest.param(None, D.CANCELING, {"quiet_s": UNHEARD}, (None, "canceled"), id="and cancelled"),
        pytest.param(None, D.FAILURE, {"quiet_s": 9e9}, NOTHING, id="over, and never had a record"),
    ],
)  # fmt: skip
def test_what_is_over_is_settled_and_what_may_live_is_left_alone(
    record: RunState | None, dagster: DagsterRunStatus | None, signs: dict[str, Any], expected: object
) -> None:
    assert decided(record, dagster, **signs) == expected


@pytest.mark.parametrize("status", sorted(set(D) - WAITING - {D.STARTED, D.CANCELING}, key=str))
@pytest.mark.parametrize("record", OPEN)
def test_no_record_stays_open_once_its_run_has_ended(record: RunState, status: DagsterRunStatus) -> None:
    assert decided(record, status, quiet_s=ENDED_GRACE_S)[0] in FINAL_STATES


@pytest.mark.parametrize(("record", "status"), list(product(OPEN, [None, D.STARTED, D.CANCELING])))
def test_no_record_stays_open_for_ever_while_nothing_lives(record: RunState, status: DagsterRunStatus | None) -> None:
    assert decided(record, status, silent_s=9e9, quiet_s=9e9, age_s=9e9)[0] in FINAL_STATES


@given(
    record=st.sampled_from(OPEN),
    status=st.sampled_from(sorted(WAITING | {D.STARTED, D.CANCELING}, key=str)),
    silent=st.floats(0, DEAD - 1),
    quiet=st.floats(0, 9e9),
    age=st.floats(0, 9e9),
    works=st.booleans(),
)
def test_a_run_that_beats_and_has_not_ended_is_never_touched(
    record: RunState, status: DagsterRunStatus, silent: float, quiet: float, age: float, works: bool
) -> None:
    assert decided(record, status, silent_s=silent, quiet_s=quiet, age_s=age, works=works) == NOTHING


def test_the_record_says_why_dagster_calls_the_run_failed() -> None:
    found = run_end(Signs(record="running", dagster="failed", quiet_s=9, reason="the pod was evicted"))
    assert found is not None
    assert "the pod was evicted" in found.why
