"""Passes values between ops through Postgres, never through files, so that steps may run on different machines.

Every output names its table in its metadata (`table`); counters also name their `platform`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dagster import InputContext, IOManager, OutputContext, io_manager

from dropship_pipeline.jobs.launching import recorded_settings
from dropship_pipeline.jobs.settings import JobSettings
from dropship_pipeline.orchestration.process_storage import Storage
from dropship_pipeline.orchestration.table_types import QUERY_OUTCOMES, columns_of

if TYPE_CHECKING:
    import pandas as pd

# A pandas.DataFrame. Dagster resolves the annotations of ops, so naming the class there would import pandas, a third of
# a second, in every process that only loads the definitions.
Frame = Any


def frame(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> "pd.DataFrame":
    """Rows as a frame of Python objects: a missing number stays None instead of turning its column into floats."""
    import pandas as pd  # noqa: PLC0415  (see Frame)

    return pd.DataFrame([[row[name] for name in columns] for row in rows], columns=list(columns), dtype=object)


def rows_of(data: "pd.DataFrame") -> list[dict[str, Any]]:
    """A frame as one mapping a row."""
    return [{str(name): value for name, value in row.items()} for row in data.to_dict("records")]


class PostgresFrameIOManager(IOManager):
    """Writes a branch's counters and sellers, and reads the counters back for the op that follows."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def handle_output(self, context: OutputContext, obj: "pd.DataFrame | None") -> None:
        """Upsert the frame in one transaction; writing it again changes nothing.

        An output marked `kept_by_step` was written by its step while it worked; nothing is written again.

        Raises:
            StorageUnavailable: Postgres does not answer.
        """
        table = context.definition_metadata["table"]
        if obj is None or context.definition_metadata.get("kept_by_step"):
            context.add_output_metadata({"table": table})
            return
        if table == "query_outcomes":
            count = self._storage.frames.save_outcomes(rows_of(obj))
        else:
            run = self._storage.records.of_dagster_run(context.run_id)
            count = self._storage.frames.save_sellers(run.job_id, rows_of(obj), run_id=run.run_id)
        context.add_output_metadata(
            {"table": table, "rows": len(obj), "inserted": count.inserted, "updated": count.updated}
        )

    def load_input(self, context: InputContext) -> "pd.DataFrame":
        """Read the counters of the upstream step, also where it belongs to the run that this one re-executes."""
        upstream = context.upstream_output
        if upstream is None:
            raise TypeError(f"Input {context.name} has no upstream output; this IO manager reads ops' outputs only")
        run = self._storage.records.of_dagster_run(upstream.run_id)
        platform = upstream.definition_metadata["platform"]
        return frame(self._storage.frames.load_outcomes(run.run_id, platform), columns_of(QUERY_OUTCOMES))


class RunRecordIOManager(IOManager):
    """Hands a run's settings on: they already lie in the run's record, so nothing is written here."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def handle_output(self, context: OutputContext, obj: JobSettings) -> None:
        """Note where the settings lie."""
        job_id = self._storage.records.of_dagster_run(context.run_id).job_id
        context.add_output_metadata({"table": "collection_runs", "job_id": job_id})

    def load_input(self, context: InputContext) -> JobSettings:
        """Read the settings from the record of the run that made it."""
        upstream = context.upstream_output
        if upstream is None:
            raise TypeError(f"Input {context.name} has no upstream output; this IO manager reads ops' outputs only")
        config = self._storage.records.of_dagster_run(upstream.run_id).config
        return recorded_settings(upstream.definition_metadata["job"], config)


@io_manager(required_resource_keys={"storage"})
def postgres_frames(context: Any) -> PostgresFrameIOManager:  # noqa: ANN401  (InitResourceContext, typed loosely by Dagster)
    """The frame IO manager on this process's storage."""
    return PostgresFrameIOManager(context.resources.storage)


@io_manager(required_resource_keys={"storage"})
def run_record(context: Any) -> RunRecordIOManager:  # noqa: ANN401  (as above)
    """The settings IO manager on this process's storage."""
    return RunRecordIOManager(context.resources.storage)
