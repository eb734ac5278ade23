"""The configuration of the local stack's Dagster instance, with the stack's PostgreSQL as its storage.

`deploy/dagster.yaml` is its twin for other machines and gives the reasons; a test compares the two.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dropship_pipeline.jobs.launching import ORG_TAG

STORAGE_MODULE = "dropship_pipeline.localstack.instance_storage"
KEPT_TICKS_DAYS = {"skipped": 7, "success": 90, "failure": 90, "started": 90}


def stack_storage(home: Path) -> Mapping[str, Any]:
    """Where Dagster keeps runs, events and ticks: in the PostgreSQL of the stack in this folder."""
    return {"custom": {"module": STORAGE_MODULE, "class": "StackStorage", "config": {"home": str(home)}}}


def instance_config(storage: Mapping[str, Any]) -> Mapping[str, Any]:
    """The content of `dagster.yaml`."""
    one_run_per_org = {"key": ORG_TAG, "value": {"applyLimitPerUniqueValue": True}, "limit": 1}
    return {
        "telemetry": {"enabled": False},
        "nux": {"enabled": False},
        "storage": dict(storage),
        "python_logs": {"python_log_level": "INFO"},
        "run_queue": {"dequeue_interval_seconds": 1},
        "concurrency": {"runs": {"tag_concurrency_limits": [one_run_per_org]}},
        "run_monitoring": {
            "enabled": True,
            "poll_interval_seconds": 10,
            "start_timeout_seconds": 120,
            "cancel_timeout_seconds": 60,
            "max_runtime_seconds": 86_400,
            "free_slots_after_run_end_seconds": 30,
        },
        # Only a worker that was lost is started again; a failed op has its own retries, and the two would multiply.
        "run_retries": {"enabled": True, "max_retries": 2, "retry_on_asset_or_op_failure": False},
        "retention": {kind: {"purge_after_days": dict(KEPT_TICKS_DAYS)} for kind in ("schedule", "sensor")},
    }
