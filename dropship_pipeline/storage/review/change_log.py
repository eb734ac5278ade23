"""The log of what people change: marks of sellers and labels of matches, so that one undo takes back either exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection

from dropship_pipeline.storage.database.tables import seller_mark_changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What became different of one seller, or of one of its matches.

    Args:
        asin: of the match; None where the seller's marks were changed.
        item_id: likewise.
        before: the fields that became different, as they were, as JSON holds them.
        after: the same fields as they became.
    """

    seller_id: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    asin: str | None = None
    item_id: str | None = None

    def restored(self, now: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that nobody has changed since, as they were before.

        Args:
            now: the fields as they are.
        """
        return {name: value for name, value in self.before.items() if now[name] == self.after[name]}


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change came to, or taking one back.

    Args:
        change_id: under which it is taken back; None where nothing became different.
        seller_ids: whose marks, or the labels of whose matches, are different now.
    """

    change_id: UUID | None = None
    seller_ids: Sequence[int] = ()


def log_changes(connection: Connection, org_id: str, changes: Sequence[Change], *, by: str) -> UUID:
    """Keep what a person did at once; return the id under which it is taken back."""
    change_id = uuid4()
    names = Change.__dataclass_fields__
    rows = [
        {"change_id": change_id, "org_id": org_id, "changed_by": by, **{name: getattr(one, name) for name in names}}
        for one in changes
    ]
    connection.execute(insert(seller_mark_changes), rows)
    return change_id


def take_latest(connection: Connection, org_id: str, *, by: str) -> tuple[UUID | None, list[Change]]:
    """Note that a person's latest change is taken back; return its id and its parts, None where there is none left."""
    log = seller_mark_changes.c
    ours = (log.org_id == org_id, log.undone_at.is_(None))
    latest = select(log.change_id).where(*ours, log.changed_by == by).order_by(log.id.desc()).limit(1)
    change_id = connection.execute(latest).scalar_one_or_none()
    if change_id is None:
        return None, []
    taken = update(seller_mark_changes).where(*ours, log.change_id == change_id).values(undone_at=func.now())
    columns = [log[name] for name in Change.__dataclass_fields__]
    return change_id, [Change(**row) for row in connection.execute(taken.returning(*columns)).mappings()]
