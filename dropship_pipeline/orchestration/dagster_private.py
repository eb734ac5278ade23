"""A failure that Dagster prints as one sentence; the only module that needs Dagster's private names for it.

Of any other exception Dagster writes the whole stack into its log, twice: dozens of lines around a sentence that says
what is wrong and what to do. An error that it takes over from another process it writes as it was told there, and one
that was told without a stack without one. Nothing public does that.
"""

from dagster import Failure
from dagster._core.errors import DagsterUserCodeProcessError
from dagster_shared.error import SerializableErrorInfo


class _AsTold(DagsterUserCodeProcessError):
    """What Dagster takes for an error that was told already."""

    def __init__(self, sentence: str) -> None:
        told = SerializableErrorInfo(message=f"{sentence}\n", stack=[], cls_name=None)
        super().__init__(sentence, user_code_process_error_infos=[told])  # type: ignore[no-untyped-call]


class FailedStep(Failure, _AsTold):
    """Ends a step, for a reason that is known.

    Args:
        sentence: what is wrong and what to do, all that is printed of it.
        retryable: whether the same step may succeed if it is started again.
    """

    def __init__(self, sentence: str, *, retryable: bool = False) -> None:
        super().__init__(description=sentence, allow_retries=retryable)
