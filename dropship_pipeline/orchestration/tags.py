"""The tags of ops and assets, and who owns what is defined here. Tags of runs are in `jobs.launching`."""

import warnings

from dagster import BetaWarning

from dropship_pipeline.jobs.launching import PLATFORM_TAG
from dropship_pipeline.models import Platform

# Which Celery queue its step waits in. Each queue has one worker, so every step has a queue of a platform.
QUEUE_TAG = "dagster-celery/queue"
# The job that fills an asset.
JOB_TAG = "dropship/job"
# Tells these definitions from those of other code locations of the same Dagster.
OWNERS = ["team:dropship"]

# Dagster calls the owners of jobs and sensors beta, and says so in every process that loads them; it hands them on in
# its own copies of a sensor, too, where nobody has named any.
warnings.filterwarnings("ignore", "Parameter `owners` of ", BetaWarning)


def worker_tags(platform: Platform) -> dict[str, str]:
    """The tags of an op that works on a platform."""
    return {PLATFORM_TAG: platform, QUEUE_TAG: platform}
