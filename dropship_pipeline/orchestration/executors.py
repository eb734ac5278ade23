"""Which executor runs the steps: processes of this machine, or Celery workers on any (`DROPSHIP_EXECUTOR`).

Celery is imported only when a run with it begins: other runs need neither the package nor the time.
"""

from dagster import Executor, ExecutorDefinition, InitExecutorContext, executor, multiple_process_executor_requirements

from dropship_pipeline.errors import SettingsError
from dropship_pipeline.settings import load_settings

NO_CELERY = "DROPSHIP_EXECUTOR=celery needs the extra: pip install 'dropship-pipeline[celery]'"
# A fork server that has everything imported starts both branches within a tenth of a second of each other.
PRELOADED = [
    "dropship_pipeline.orchestration.preload",
    "dropship_pipeline.collection.assembly",
    "dropship_pipeline.definitions",
]


@executor(name="multiprocess", requirements=multiple_process_executor_requirements())
def multiprocess(_context: InitExecutorContext) -> Executor:
    """One process a step, the two marketplaces beside each other."""
    from dropship_pipeline.orchestration.step_processes import StepProcesses  # noqa: PLC0415  (only a run needs it)

    return StepProcesses(PRELOADED)


@executor(name="celery", requirements=multiple_process_executor_requirements())
def celery(_context: InitExecutorContext) -> Executor:
    """One Celery worker for Amazon and one for eBay, wherever they run; `dropship worker` starts them."""
    # The broker's address comes from the settings: no run's configuration or snapshot is to hold its password.
    try:
        from dropship_pipeline.orchestration.celery.executor import steps_executor  # noqa: PLC0415  (see the module)
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith(("celery", "dagster_celery", "kombu", "redis")):
            raise
        raise SettingsError(NO_CELERY) from None
    return steps_executor(load_settings().require_broker_url())


def chosen_executor() -> ExecutorDefinition:
    """The executor that the settings name; settings that do not fit are for the run to complain of."""
    try:
        return celery if load_settings().executor == "celery" else multiprocess
    except SettingsError:
        return multiprocess
