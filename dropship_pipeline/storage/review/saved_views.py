"""Views that people keep: a name for a page of ours with its filters, for everybody of the org."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.database.connection import OfOrg
from dropship_pipeline.storage.database.tables import saved_views

MAX_NAME_CHARS = 60
MAX_ADDRESS_CHARS = 2_000
MAX_VIEWS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A view.

    Args:
        address: path and query of a page of ours, such as `/sellers?marks=starred`.
    """

    id: int
    name: str
    address: str
    saved_by: str
    saved_at: datetime


_COLUMNS = tuple(saved_views.c[name] for name in SavedView.__dataclass_fields__)


class SavedViews(OfOrg):
    """The views of one org. Every method is one transaction and raises StorageUnavailable."""

    def list(self) -> "list[SavedView]":
        """The views by name."""
        ours = select(*_COLUMNS).where(saved_views.c.org_id == self._org_id).order_by(saved_views.c.name)
        with self._database.begin() as connection:
            return [SavedView(**row) for row in connection.execute(ours).mappings()]

    def save(self, name: str, address: str, *, by: str) -> SavedView:
        """Keep a view, in place of the one of the same name.

        Raises:
            RequestInvalid: the name or the address cannot be kept, or there are too many views.
        """
        name = " ".join(name.split())
        if not 1 <= len(name) <= MAX_NAME_CHARS or not name.isprintable():
            raise RequestInvalid(f"The name of a view must have 1 to {MAX_NAME_CHARS} printable characters")
        _check_address(address)
        row = {"org_id": self._org_id, "name": name, "address": address, "saved_by": by}
        kept = insert(saved_views).values(row)
        changed = {"address": address, "saved_by": by, "saved_at": func.now()}
        kept = kept.on_conflict_do_update(index_elements=["org_id", "name"], set_=changed)
        count = select(func.count()).where(saved_views.c.org_id == self._org_id, saved_views.c.name != name)
        with self._database.begin() as connection:
            if connection.execute(count).scalar_one() >= MAX_VIEWS:
                raise RequestInvalid(f"There are {MAX_VIEWS} views; delete one first")
            return SavedView(**connection.execute(kept.returning(*_COLUMNS)).mappings().one())

    def delete(self, view_id: int) -> bool:
        """Forget a view; False if the org has none of this number."""
        ours = delete(saved_views).where(saved_views.c.org_id == self._org_id, saved_views.c.id == view_id)
        with self._database.begin() as connection:
            return connection.execute(ours).rowcount == 1


def _check_address(address: str) -> None:
    # `//host` and `/\host` lead browsers to other sites; a space or a control character has no place in an address.
    ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    if not ours or len(address) > MAX_ADDRESS_CHARS or not address.isprintable() or " " in address:
        raise RequestInvalid(
            f"The address {address[:60]!r} is none of these pages: begin it with one `/`, as in /sellers"
        )
