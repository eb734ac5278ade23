"""How a step fails for a reason that we know: with one sentence, and without the stack trace that Dagster adds.

Dagster prints and keeps the way of an exception through its own modules and ours, twice a run. Of an error of ours that
says nothing which its sentence does not say. What nobody foresaw keeps its trace.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from dagster import Failure, OpExecutionContext, RetryRequested

from dropship_pipeline.errors import RunFatal
from dropship_pipeline.orchestration.step.dagster_private import DagsterUserCodeProcessError, SerializableErrorInfo

MAX_STEP_RETRIES = 2
RETRY_DELAY_S = 1


def _shown(sentence: str) -> SerializableErrorInfo:
    return SerializableErrorInfo(message=f"Failure: {sentence}\n", stack=[], cls_name="Failure")


class StepFailed(DagsterUserCodeProcessError, Failure):
    """Ends the step for good. Dagster shows an error that came from another process as that process describes it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, user_code_process_error_infos=[_shown(sentence)])  # type: ignore[no-untyped-call]
        self.allow_retries = False


class StepToBeRetried(DagsterUserCodeProcessError, RetryRequested):
    """Ends this attempt of the step; there is another one."""

    def __init__(self, sentence: str) -> None:
        infos = [_shown(sentence)]
        super().__init__(MAX_STEP_RETRIES, RETRY_DELAY_S, user_code_process_error_infos=infos)  # type: ignore[no-untyped-call]


def failure(context: OpExecutionContext, error: RunFatal, sentence: str = "") -> StepFailed | StepToBeRetried:
    """What a step raises `from None` in place of an error of ours.

    Args:
        context: of the op.
        error: says whether another attempt can help.
        sentence: in place of the error's own.
    """
    again = error.retryable and context.retry_number < MAX_STEP_RETRIES
    return (StepToBeRetried if again else StepFailed)(sentence or str(error))


@contextmanager
def failing_in_a_sentence(context: OpExecutionContext) -> Iterator[None]:
    """Turn an error of ours into the failure of the step."""
    try:
        yield
    except RunFatal as error:
        raise failure(context, error) from None
