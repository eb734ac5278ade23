"""Counts a worker's calls, what they cost and how well they were read, as a whole and for the part of one task."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from dropship_pipeline.models import Reading


@dataclass(slots=True)
class CallMeter:
    """Counts one worker's calls. The transport and the parsers add; a caller measures the part of its own task.

    Args:
        calls: that the provider was asked.
        replayed: answers that were kept from before, for which nothing is paid.
        earlier: of these, answers that an earlier run of the job had paid for.
        credits: paid for the calls.
        reading: how well the answers could be read.
    """

    calls: int = 0
    replayed: int = 0
    earlier: int = 0
    credits: int = 0
    reading: Reading = field(default_factory=Reading)

    def add(
        self, *, calls: int = 0, replayed: int = 0, earlier: int = 0, credits: int = 0, reading: Reading | None = None
    ) -> None:
        """Count, here and in the part that the present task measures."""
        part = _MEASURED.get()
        for meter in (self,) if part is None else (self, part):
            meter.calls += calls
            meter.replayed += replayed
            meter.earlier += earlier
            meter.credits += credits
            if reading is not None:
                meter.reading += reading

    @property
    def only_earlier(self) -> bool:
        """Whether all that was asked is known from earlier runs."""
        return self.earlier > 0 and self.earlier == self.calls + self.replayed

    @contextmanager
    def measured(self) -> Iterator["CallMeter"]:
        """Measure what is added in this task, and in tasks that it starts, while the block runs."""
        part = CallMeter()
        token = _MEASURED.set(part)
        try:
            yield part
        finally:
            _MEASURED.reset(token)


_MEASURED: ContextVar[CallMeter | None] = ContextVar("measured", default=None)
