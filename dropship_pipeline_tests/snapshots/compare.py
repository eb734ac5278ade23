"""Holds what is said and shown today to what a release said and showed.

Every difference stands in `changes.toml`, with the issue that asks for it and why. A difference that does not stand
there fails the test, and so does an entry that describes none.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).parent
RELEASE = FOLDER / "release_0_1_0"
CHANGES = FOLDER / "changes.toml"
BETWEEN = " > "
# What tells the members of a list apart.
NAMES = ("name", "provider", "field")

# Characters of a difference that are told.
SHOWN = 200

Way = tuple[str, ...]
Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, order=True)
class Difference:
    """One leaf or branch that differs; `at` is the way to it."""

    at: str
    what: Kind
    before: str
    after: str

    def __str__(self) -> str:
        pairs = enumerate(zip(self.before, self.after, strict=False))
        first = next((place for place, (old, new) in pairs if old != new), 0)
        start = max(0, first - SHOWN // 4)
        before, after = (text[start : start + SHOWN] for text in (self.before, self.after))
        return f"{self.what} {self.at}: {before} → {after}"


@dataclass(frozen=True)
class Change:
    """A difference that is wanted: at a place or below it, `*` stands for anything."""

    at: str
    what: tuple[Kind, ...]
    issue: int
    why: str

    def covers(self, difference: Difference) -> bool:
        """Whether the difference is this change or a part of it."""
        here = fnmatchcase(difference.at, self.at) or fnmatchcase(difference.at, f"{self.at}{BETWEEN}*")
        return here and difference.what in self.what


def recorded(document: str) -> Any:
    """A document of the release."""
    return json.loads((RELEASE / f"{document}.json").read_text(encoding="utf-8"))


def changes(document: str) -> list[Change]:
    """The wanted differences of a document."""
    listed = tomllib.loads(CHANGES.read_text(encoding="utf-8")).get(document, [])
    return [Change(entry["at"], tuple(entry["what"]), entry["issue"], entry["why"]) for entry in listed]


def differences(before: Any, after: Any) -> list[Difference]:
    """Every leaf that was changed, and every branch that was added or removed as a whole."""
    old, new = dict(_leaves(before, ())), dict(_leaves(after, ()))
    changed = [way for way in old.keys() & new.keys() if old[way] != new[way]]
    found = {Difference(BETWEEN.join(way), "changed", old[way], new[way]) for way in changed}
    found |= {Difference(at, "removed", text, "") for at, text in _branches(old, new).items()}
    found |= {Difference(at, "added", "", text) for at, text in _branches(new, old).items()}
    return sorted(found)


def _branches(own: Mapping[Way, str], other: Mapping[Way, str]) -> dict[str, str]:
    """The branches that the other lacks, by the way to their root; its text is that of one of its leaves."""
    known = {way[:length] for way in other for length in range(len(way) + 1)}
    found: dict[str, str] = {}
    for way in own.keys() - other.keys():
        root = next((way[:length] for length in range(len(way) + 1) if way[:length] not in known), way)
        found[BETWEEN.join(root)] = own[way]
    return found


def unlisted(found: list[Difference], wanted: list[Change]) -> list[str]:
    """What is wrong: differences that nobody asked for, and changes that did not happen."""
    surprises = [str(one) for one in found if not any(change.covers(one) for change in wanted)]
    idle = [f"no such difference: {change}" for change in wanted if not any(map(change.covers, found))]
    return surprises + idle


def _leaves(value: Any, way: Way) -> Iterator[tuple[Way, str]]:
    """Way and text of every leaf; a list without objects in it is one, because its order counts."""
    members = _members(value)
    if members is None:
        yield way, json.dumps(value, ensure_ascii=False, sort_keys=True)
        return
    for name, member in members.items():
        yield from _leaves(member, (*way, name))


def _members(value: Any) -> Mapping[str, Any] | None:
    if isinstance(value, dict) and value:
        return value
    if isinstance(value, list) and any(isinstance(member, dict) for member in value):
        return {_name(member, number): member for number, member in enumerate(value)}
    return None


def _name(member: Any, number: int) -> str:
    """A member's own name where it has one, so that one more before it does not rename the rest."""
    own = next((str(member[name]) for name in NAMES if name in member), None) if isinstance(member, dict) else None
    return own or str(number)
