"""Texts without what differs between two runs of the same thing: times, ports, folders, generated names."""

import re
from collections.abc import Callable
from typing import Any

_PASSING = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha256>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00)?( UTC)?"), "<time>"),
    (re.compile(r"(127\.0\.0\.1|localhost):\d+"), r"\1:<port>"),
    (re.compile(r"\b\d+(\.\d+)? (s|seconds)\b"), "<seconds>"),
    (re.compile(r"\b\d+:\d\d:\d\d\b"), "<duration>"),
    (re.compile(r"/[^\s'\"]*/pytest-of-[^\s'\"]*"), "<path>"),
    (re.compile(r"\bCollection \d+\b"), "Collection <run>"),
    (re.compile(r"[ \t]{2,}"), "  "),
    (re.compile(r"─{2,}"), "──"),
)


def plain(text: str) -> str:
    """The text with a word in place of everything that passes."""
    for pattern, word in _PASSING:
        text = pattern.sub(word, text)
    return text.strip()


def everywhere(value: Any, change: Callable[[str], str] = plain) -> Any:
    """A JSON value with every text in it changed, the names of members too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(str(name)): everywhere(member, change) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [everywhere(member, change) for member in value]
    return value
