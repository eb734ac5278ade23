"""The word lists of `lexicon/`, as they are written there; `lexicon.py` makes them searchable."""

import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from dropship_pipeline.matching.titles.folding import fold

_FOLDER = files("dropship_pipeline.matching.titles") / "lexicon"


def _table(name: str) -> Mapping[str, Any]:
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


ATTRIBUTES = _table("attributes")
ROLES = _table("roles")
UNITS = _table("units")
PLAIN = _table("plain")
THINGS = _table("things")
SIDES = _table("sides")


def _written(node: object) -> Iterator[str]:
    """Every word of a table, without its language mark."""
    if isinstance(node, str):
        yield fold(node.partition(":")[2] if node[2:3] == ":" else node)
    elif isinstance(node, list):
        for entry in node:
            yield from _written(entry)
    elif isinstance(node, dict):
        for entry in node.values():
            yield from _written(entry)


def _is_cjk(word: str) -> bool:
    return len(word) > 1 and all(ord(letter) > 0x2FFF for letter in word)  # noqa: PLR2004  (no Latin letter is above)


def _by_first(words: Iterator[str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for word in words:
        if _is_cjk(word):
            found.setdefault(word[0], set()).add(word)
    return {first: tuple(sorted(rest, key=lambda word: (-len(word), word))) for first, rest in found.items()}


# Longest first below each first letter: texts without spaces are cut by them.
CJK_TERMS = _by_first(_written([ATTRIBUTES, ROLES, UNITS]))
# Words of one token that may follow a number without a space.
UNIT_WORDS = frozenset(
    word for kind in UNITS.values() for unit in kind.values() for word in _written(unit["words"]) if " " not in word
)
