"""Counts how often settings are validated."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from dropship_pipeline.jobs.settings import JobSettings

VALIDATOR = JobSettings._explain.__func__.__code__


@contextmanager
def validations() -> Iterator[list[str]]:
    """The classes of the settings that are validated in this thread."""
    seen: list[str] = []

    def look(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is VALIDATOR:
            seen.append(frame.f_locals["cls"].__name__)

    sys.setprofile(look)
    try:
        yield seen
    finally:
        sys.setprofile(None)
