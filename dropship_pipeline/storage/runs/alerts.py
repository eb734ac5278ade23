"""The outbox of alerts: how scheduled runs ended, to be sent to the webhook once each.

An alert is claimed before it is sent, and the claim sets the time of its next attempt: a sender that dies loses
nothing, and two senders at once never have the same one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, exists, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import alerts, collection_runs

# What happened longer ago is no news: a webhook that is set for the first time does not hear of the past.
NEWS_FOR = timedelta(days=1)
# No run lasts longer than this; it keeps the scan for news from reading every run there ever was.
LONGEST_RUN = timedelta(days=7)
MAX_ATTEMPTS = 8
# Pauses between attempts: 1, 2, 4, … minutes, at most an hour. Longer than an attempt can take.
FIRST_PAUSE_S = 60
LONGEST_PAUSE_S = 3_600

_run = collection_runs.c
_alert = alerts.c
# How `BudgetExhausted` begins, which is what a run that ran out of budget leaves in its record.
_OUT_OF_BUDGET = _run.error_message.startswith("budget:")
_EVENT = case((_run.status == "stopped", "budget"), else_=_run.status)


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert.

    Args:
        alert_id: the same in every attempt.
        event: `failed`, `degraded` or `budget`.
        run_id: the number of the run's record.
        payload: `job`, `scheduled_by` and `reason` of the run.
        attempts: this one included.
    """

    alert_id: int
    org_id: str
    event: str
    run_id: int
    payload: Mapping[str, Any]
    attempts: int

    @property
    def is_last_attempt(self) -> bool:
        """Whether this one is given up if it fails again."""
        return self.attempts >= MAX_ATTEMPTS


class AlertOutbox:
    """The alerts of every org. Every method is one transaction and raises StorageUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enqueue(self) -> None:
        """Add alerts about scheduled runs that ended since the last look, each event of a run once."""
        payload = func.jsonb_build_object(
            "job", _run.job_name, "scheduled_by", _run.scheduled_by, "reason", _run.error_message
        )
        known = exists().where(_alert.run_id == _run.id, _alert.event == _EVENT)
        news = select(_run.org_id, _run.id, _EVENT, payload).where(_news(), ~known)
        statement = insert(alerts).from_select(["org_id", "run_id", "event", "payload"], news)
        with self._database.begin() as connection:
            connection.execute(statement.on_conflict_do_nothing())

    def claim(self) -> Alert | None:
        """Claim the alert that has been due longest for one attempt; None if no alert is due."""
        due = (
            select(_alert.id)
            .where(_unsent(), _alert.next_attempt_at <= func.now())
            .order_by(_alert.next_attempt_at)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        pause_s = func.least(FIRST_PAUSE_S * func.power(2, _alert.attempts), LONGEST_PAUSE_S)
        claimed = (
            update(alerts)
            .where(_alert.id == due)
            .values(
                attempts=_alert.attempts + 1,
                next_attempt_at=func.now() + pause_s * literal_column("interval '1 second'"),
            )
            .returning(_alert.id, _alert.org_id, _alert.event, _alert.run_id, _alert.payload, _alert.attempts)
        )
        with self._database.begin() as connection:
            row = connection.execute(claimed).one_or_none()
        return None if row is None else Alert(*row)

    def sent(self, alert: Alert) -> None:
        """Note that the webhook has taken it."""
        self._note(alert, sent_at=func.now(), last_error=None)

    def failed(self, alert: Alert, reason: str) -> None:
        """Note why this attempt failed; the next one has its time already."""
        self._note(alert, last_error=reason)

    def _note(self, alert: Alert, **values: object) -> None:
        with self._database.begin() as connection:
            connection.execute(update(alerts).where(_alert.id == alert.alert_id).values(**values))


def _news() -> ColumnElement[bool]:
    """Scheduled runs that ended badly, lately."""
    return (
        _run.is_scheduled
        & (_run.status.in_(("failed", "degraded")) | ((_run.status == "stopped") & _OUT_OF_BUDGET))
        & (_run.completed_at > func.now() - NEWS_FOR)
        & (_run.created_at > func.now() - LONGEST_RUN)
    )


def _unsent() -> ColumnElement[bool]:
    return _alert.sent_at.is_(None) & (_alert.attempts < MAX_ATTEMPTS) & (_alert.created_at > func.now() - NEWS_FOR)
