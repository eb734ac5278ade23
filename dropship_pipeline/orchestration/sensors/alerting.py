"""The sensor that reports how scheduled runs ended to a webhook. No run waits for it."""

import time

from dagster import DefaultSensorStatus, SensorEvaluationContext, SkipReason, sensor

from dropship_pipeline.errors import RunFatal
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.storage.runs.alerts import AlertOutbox

# A tick ends itself long before Dagster's minute for it is over; what is left waits for the next.
LONGEST_TICK_S = 20.0


@sensor(
    minimum_interval_seconds=30,
    default_status=DefaultSensorStatus.RUNNING,
    required_resource_keys={"storage"},
    description="Tells DROPSHIP_ALERT_WEBHOOK of scheduled runs that failed, are degraded or ran out of budget.",
)
def alert_sensor(context: SensorEvaluationContext) -> SkipReason:
    """Send the alerts that are due, and return what was sent and what failed."""
    storage: Storage = context.resources.storage
    try:
        return SkipReason(tell(context, storage))
    except RunFatal as error:
        return SkipReason(str(error))


def tell(context: SensorEvaluationContext, storage: Storage) -> str:
    """Send what is due until nothing is left or the tick has lasted long enough; return what came of it.

    Raises:
        RunFatal: a setting does not fit, or Postgres does not answer.
    """
    from dropship_pipeline.orchestration.sensors.webhook import NotTaken, Webhook  # noqa: PLC0415  (see `resources`)

    webhook = Webhook.from_settings(storage.settings)
    if webhook is None:
        return "DROPSHIP_ALERT_WEBHOOK is not set, so nobody is told of scheduled runs that fail"
    outbox = AlertOutbox(storage.database)
    outbox.enqueue()
    told, problems, end = 0, [], time.monotonic() + LONGEST_TICK_S
    while time.monotonic() < end and (alert := outbox.claim()) is not None:
        try:
            webhook.post(alert)
        except NotTaken as error:
            outbox.failed(alert, str(error))
            problem = f"the webhook did not take the alert on run {alert.run_id}: {error}, attempt {alert.attempts}"
            problems.append(f"{problem}, given up" if alert.is_last_attempt else problem)
            context.log.warning(problems[-1])
        else:
            outbox.sent(alert)
            told += 1
            context.log.info("The webhook was told of run %s (%s)", alert.run_id, alert.event)
    return "; ".join([*([f"alerts sent: {told}"] if told else []), *problems]) or "Nothing to tell"
