"""What every list is asked for, and what its page's address says of it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Self
from urllib.parse import urlencode

from dropship_pipeline.admin.pages.ui.forms import Filled

MAX_COLUMNS = 20


@dataclass(frozen=True, kw_only=True)
class ListQuery(ABC):
    """The columns, the order and the filters of a list; each list has its own filters.

    Args:
        columns: keys of those that are shown; none for the usual ones.
        sort: the key of what the list is sorted by.
    """

    columns: tuple[str, ...] = ()
    sort: str = ""
    descending: bool = True

    @classmethod
    @abstractmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """The query in a page's address; wrong values are left out."""

    @abstractmethod
    def fields(self) -> Mapping[str, str]:
        """What stands in the fields of the form, which have the same names in the address; empty for what is usual."""

    @abstractmethod
    def filters(self) -> Any:  # noqa: ANN401  (a dataclass of the list's own)
        """The filters of the list."""

    @property
    def narrowed(self) -> bool:
        """Whether anything is filtered out."""
        return bool(self.filters() != type(self.filters())())

    def sorted_by(self, key: str) -> Self:
        """The query sorted by another column, in its usual direction, or by the same one in the other direction."""
        return replace(
            self, sort=key, descending=not self.descending if key == self.sort else key not in {"name", "title"}
        )

    def filtered(self, filled: Filled) -> Self:
        """The query with the filters of a form."""
        return self.of({**{name: filled.text(name) for name, _ in filled.entries}, **self._order()})

    def address(self) -> str:
        """The query as part of a page's address; values that are empty are left out."""
        given = {name: value for name, value in {**self.fields(), **self._order()}.items() if value}
        return f"?{urlencode(given, safe=',')}" if given else ""

    def exported(self) -> dict[str, str]:
        """The filters as query parameters of the export, which have their names."""
        filters = self.filters()
        every = type(filters)()
        given = {name: value for name, value in asdict(filters).items() if value != getattr(every, name)}
        return {name: _sent(value) for name, value in given.items()}

    def _order(self) -> dict[str, str]:
        return {
            "columns": ",".join(self.columns),
            "sort": "" if self.sort == type(self).sort and self.descending else self.sort,
            "order": "" if self.descending else "asc",
        }


def columns_of(query: Mapping[str, str]) -> tuple[str, ...]:
    """The names of columns in an address."""
    return tuple(name for name in query.get("columns", "").split(",")[:MAX_COLUMNS] if name)


def _sent(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value).lower() if isinstance(value, bool) else str(value)
