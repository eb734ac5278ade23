"""What people say about sellers: star, hide, tags, note. Each change is logged, so that it can be undone exactly."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.engine import Connection

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.database.connection import OfOrg, storable
from dropship_pipeline.storage.database.tables import seller_marks, sellers
from dropship_pipeline.storage.review.change_log import Change, Changed, log_changes

MAX_SELLERS_AT_ONCE = 500
MAX_TAGS = 20
MAX_TAG_CHARS = 40
MAX_NOTE_CHARS = 2_000

MarkFilter = Literal["all", "to_review", "starred", "hidden"]
MARK_FILTERS: tuple[MarkFilter, ...] = get_args(MarkFilter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What people say of a seller; empty for one that nobody has marked.

    Args:
        tags: in the order in which they were added.
        changed_by: who changed them last.
    """

    starred: bool = False
    hidden: bool = False
    tags: Sequence[str] = ()
    note: str = ""
    changed_by: str | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkChange:
    """What a person changes at once; None leaves a field as it is.

    Args:
        tags_added: white space is folded; a tag that differs in case only is the same tag.
        tags_removed: those that a seller does not have make no difference.
        note: replaces the note; "" removes it.

    Raises:
        RequestInvalid: a tag or the note cannot be kept.
    """

    starred: bool | None = None
    hidden: bool | None = None
    tags_added: Sequence[str] = ()
    tags_removed: Sequence[str] = ()
    note: str | None = None

    def __post_init__(self) -> None:
        for tag in map(_folded, self.tags_added):
            if not 1 <= len(tag) <= MAX_TAG_CHARS or not tag.isprintable():
                raise RequestInvalid(f"The tag {tag[:60]!r} must have 1 to {MAX_TAG_CHARS} printable characters")
        if self.note is not None and (len(self.note) > MAX_NOTE_CHARS or self.note != storable(self.note)):
            raise RequestInvalid(f"A note must have at most {MAX_NOTE_CHARS} characters, all of which can be stored")

    def made_to(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """The fields that become different, with their new values.

        Raises:
            RequestInvalid: the seller would have more than `MAX_TAGS` tags.
        """
        removed = {_folded(tag).casefold() for tag in self.tags_removed}
        tags = {tag.casefold(): tag for tag in before["tags"]}
        for tag in map(_folded, self.tags_added):
            tags.setdefault(tag.casefold(), tag)
        kept = [tag for key, tag in tags.items() if key not in removed]
        if len(kept) > MAX_TAGS:
            raise RequestInvalid(f"A seller can have {MAX_TAGS} tags; remove one first")
        after = {"starred": self.starred, "hidden": self.hidden, "tags": kept, "note": self.note}
        return {name: value for name, value in after.items() if value is not None and value != before[name]}


_FIELDS = ("starred", "hidden", "tags", "note")


class SellerMarks(OfOrg):
    """The marks of one org. Every method is one transaction and raises StorageUnavailable."""

    def change(self, seller_ids: Iterable[int], change: MarkChange, *, by: str) -> Changed:
        """Change the marks of some sellers, all or none; `undo.undo_latest` takes it back as one.

        Args:
            seller_ids: at most `MAX_SELLERS_AT_ONCE`.
            change: what to change.
            by: the person's name, which the log keeps.

        Raises:
            RequestInvalid: too many sellers, the org has no such seller, or one would have too many tags.
        """
        wanted = sorted(set(seller_ids))
        if len(wanted) > MAX_SELLERS_AT_ONCE:
            raise RequestInvalid(f"{len(wanted)} sellers are too many at once: mark at most {MAX_SELLERS_AT_ONCE}")
        with self._database.begin() as connection:
            before = self._locked(connection, wanted, by)
            made = {seller_id: change.made_to(marks) for seller_id, marks in before.items()}
            made = {seller_id: after for seller_id, after in made.items() if after}
            if not made:
                return Changed()
            self._write(connection, made, by)
            changes = [
                Change(seller_id=one, before={name: before[one][name] for name in after}, after=after)
                for one, after in made.items()
            ]
            return Changed(log_changes(connection, self._org_id, changes, by=by), tuple(made))

    def restore(self, connection: Connection, changes: Sequence[Change], *, by: str) -> list[int]:
        """Take changes back, but for what somebody has changed since; return the sellers that became different.

        Args:
            connection: in the transaction that took the changes from the log.
            changes: at most one a seller.
            by: who takes them back.
        """
        now = self._locked(connection, sorted(change.seller_id for change in changes), by)
        made = {change.seller_id: change.restored(now[change.seller_id]) for change in changes}
        made = {seller_id: fields for seller_id, fields in made.items() if fields}
        self._write(connection, made, by)
        return sorted(made)

    def of(self, seller_ids: Iterable[int]) -> dict[int, Marks]:
        """The marks of these sellers, by seller; those that nobody has marked are left out."""
        columns = [seller_marks.c[name] for name in Marks.__dataclass_fields__]
        ours = (seller_marks.c.org_id == self._org_id, seller_marks.c.seller_id.in_(list(seller_ids)))
        with self._database.begin() as connection:
            rows = connection.execute(select(seller_marks.c.seller_id, *columns).where(*ours)).mappings()
            return {row["seller_id"]: Marks(**{name: row[name] for name in Marks.__dataclass_fields__}) for row in rows}

    def _locked(self, connection: Connection, seller_ids: Sequence[int], by: str) -> dict[int, Mapping[str, Any]]:
        """The fields of sellers whose marks nobody else can change before the transaction ends."""
        ours = select(sellers.c.id).where(sellers.c.org_id == self._org_id, sellers.c.id.in_(seller_ids))
        known = set(connection.execute(ours).scalars())
        missing = [str(seller_id) for seller_id in seller_ids if seller_id not in known]
        if missing:
            raise RequestInvalid(f"There is no seller {', '.join(missing[:10])}")
        rows = [{"seller_id": one, "org_id": self._org_id, "changed_by": by} for one in seller_ids]
        if rows:
            connection.execute(upsert(seller_marks).values(rows).on_conflict_do_nothing())
        columns = [seller_marks.c[name] for name in _FIELDS]
        locked = select(seller_marks.c.seller_id, *columns).where(seller_marks.c.seller_id.in_(seller_ids))
        found = connection.execute(locked.order_by(seller_marks.c.seller_id).with_for_update()).mappings()
        return {row["seller_id"]: {name: row[name] for name in _FIELDS} for row in found}

    def _write(self, connection: Connection, made: Mapping[int, Mapping[str, Any]], by: str) -> None:
        for seller_id, fields in made.items():
            row = {**fields, "changed_by": by, "changed_at": func.clock_timestamp()}
            connection.execute(update(seller_marks).where(seller_marks.c.seller_id == seller_id).values(row))


def marked(filter_: MarkFilter, tag: str = "") -> list[ColumnElement[bool]]:
    """What rows of `sellers` must fulfil to have these marks; `to_review` are those neither starred nor hidden."""
    marks = seller_marks.c
    of_seller = select(marks.seller_id).where(marks.seller_id == sellers.c.id)
    conditions = []
    if filter_ == "to_review":
        conditions.append(~of_seller.where(or_(marks.starred, marks.hidden)).exists())
    elif filter_ != "all":
        conditions.append(of_seller.where(marks[filter_]).exists())
    if tag:
        conditions.append(of_seller.where(marks.tags.contains([storable(_folded(tag))])).exists())
    return conditions


def _folded(tag: str) -> str:
    return " ".join(tag.split())
