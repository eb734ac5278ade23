"""The tags on a run that this project reads."""

from dropship_pipeline.models import Platform

# Whose run it is: it writes under this org, and the run queue lets one run a value of it work at a time.
ORG_TAG = "dropship/org"
# Of a run that the sensor starts: the schedule and its month.
SCHEDULE_TAG = "dropship/schedule"

# Of an op: which Celery queue its step waits in. Each queue has one worker, so every step has a queue of a platform.
QUEUE_TAG = "dagster-celery/queue"


def worker_tags(platform: Platform) -> dict[str, str]:
    """The tags of an op that works on a platform."""
    return {"dropship/platform": platform, QUEUE_TAG: platform}
