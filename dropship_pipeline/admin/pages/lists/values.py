"""What a list is asked for, as typed into filters and as it stands in addresses; what does not fit is left out."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TypeVar

MAX_SEARCH = 200
MAX_JOB = 100
MAX_DIGITS = 10
FIRST_YEAR = 1900
PERCENT, MOST_PERCENT = 100, 10_000

Name = TypeVar("Name", bound=str)


def one_of(names: Iterable[Name], text: str | None, usual: Name) -> Name:
    """The name that the text is; the usual one where it is none."""
    return next((name for name in names if name == text), usual)


def number(text: str) -> int:
    """A whole number that is not negative; 0 for everything else."""
    return int(text[:MAX_DIGITS]) if text.isascii() and text.isdigit() else 0


def percent(text: str) -> str:
    """Whole percent as text; empty for everything else, such as half a number while it is typed."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    return f"{sign}{min(int(digits[:MAX_DIGITS]), MOST_PERCENT)}" if digits.isascii() and digits.isdigit() else ""


def cents(text: str) -> int | None:
    """An amount such as `19.99` in cents; None for everything else."""
    whole, _, part = text.partition(".")
    if not (whole + part).isdigit() or not text.isascii() or len(text) > MAX_DIGITS:
        return None
    return int(Decimal(f"{whole or 0}.{part or 0}") * 100)


def date(text: str) -> datetime | None:
    """A date such as `2026-01-31`, as the moment at which it begins in UTC; None for everything else."""
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return day if day.year >= FIRST_YEAR else None  # a date that is being typed passes through year 1


def before(text: str) -> datetime | None:
    """The last moment before a date: a list is asked for what is later."""
    day = date(text)
    return day - timedelta(microseconds=1) if day else None
