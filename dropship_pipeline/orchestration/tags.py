"""The tags of the ops. Those of the runs are in `jobs.launching`."""

from dropship_pipeline.jobs.launching import PLATFORM_TAG
from dropship_pipeline.models import Platform

# Which Celery queue its step waits in. Each queue has one worker, so every step has a queue of a platform.
QUEUE_TAG = "dagster-celery/queue"


def worker_tags(platform: Platform) -> dict[str, str]:
    """The tags of an op that works on a platform."""
    return {PLATFORM_TAG: platform, QUEUE_TAG: platform}
