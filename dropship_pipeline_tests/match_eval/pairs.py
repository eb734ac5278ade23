"""Labelled pairs: read from CSV files, plain or gzipped, with the columns title_a, title_b, price_a, price_b, match."""

import csv
import gzip
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO

from dropship_pipeline.models import Money

OWN_PAIRS = Path(__file__).parent.parent / "matching_pairs"
# Names of public sets: all files of one family come from one collection, so none is tested by what another taught.
FAMILIES = ("walmart_amazon", "abt_buy", "amazon_google", "wdc", "promap_amazon_walmart", "promap_walmart")
_NEVER_LEARNT = ("-test", "promap_")
_PARTS = ("-train", "-valid", "-test")
# WDC writes the literals of its web pages with their language: "Canon EOS 80D"@en-US.
_LITERAL = re.compile(r'"@[a-z]{2,3}(?:-[A-Za-z]{2,4})?\b|"')
_COLUMNS = {"title_a", "title_b", "price_a", "price_b", "match"}


class PairsError(Exception):
    """A file of pairs cannot be read; the message names the file, the line and what to write."""


@dataclass(frozen=True, slots=True)
class LabelledPair:
    """Two titles and whether they offer the same product.

    Args:
        title_a: the product's.
        title_b: the listing's.
        price_a: None where unknown.
        price_b: None where unknown.
        match: the label.
        kind: what makes the pair easy or hard; empty where the file does not say.
    """

    title_a: str
    title_b: str
    price_a: Money | None
    price_b: Money | None
    match: bool
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PairFile:
    """A file with its family and its part: `train`, `valid`, `test`, or empty where the name says none."""

    name: str
    family: str
    part: str
    pairs: tuple[LabelledPair, ...]

    @property
    def may_teach(self) -> bool:
        """Whether weights may be learnt from it: never from a test file, nor from a family that is only tested."""
        return not any(mark in self.name for mark in _NEVER_LEARNT)


def read_folder(folder: Path) -> list[PairFile]:
    """Every file of a folder, or the one file that is named, in order of name.

    Raises:
        PairsError: there is none, or one cannot be read.
    """
    paths = [folder] if folder.is_file() else sorted(path for path in folder.glob("*.csv*") if path.is_file())
    if not paths:
        raise PairsError(f"{folder}: no CSV file with labelled pairs is there")
    return [_file(path) for path in paths if not path.name.startswith("hard_pairs")]


def read_own(split: str, folder: Path = OWN_PAIRS) -> list[LabelledPair]:
    """The pairs of this repository that belong to a split: `development` or `held`."""
    return [pair for path in sorted(folder.glob("*.csv")) for pair in _pairs(path, split=split)]


def _file(path: Path) -> PairFile:
    name = path.name.partition(".csv")[0]
    part = next((part[1:] for part in _PARTS if part in name), "")
    family = next((family for family in FAMILIES if name.startswith(family)), name)
    return PairFile(name, family, part, tuple(_pairs(path)))


def _pairs(path: Path, *, split: str | None = None) -> Iterator[LabelledPair]:
    with _opened(path) as lines:
        rows = csv.DictReader(lines)
        if missing := _COLUMNS - set(rows.fieldnames or ()):
            raise PairsError(f"{path.name}: the columns {', '.join(sorted(missing))} are missing")
        for row in rows:
            if split is None or row["split"] == split:
                yield _pair(row, f"{path.name}, line {rows.line_num}")


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _pair(row: Mapping[str, str], where: str) -> LabelledPair:
    if row["match"] not in {"0", "1"}:
        raise PairsError(f"{where}: match is {row['match']!r}; write 1 for the same product, 0 for another")
    currency = row.get("currency") or "USD"
    return LabelledPair(
        title_a=_plain(row["title_a"]),
        title_b=_plain(row["title_b"]),
        price_a=_money(row["price_a"], currency, where),
        price_b=_money(row["price_b"], currency, where),
        match=row["match"] == "1",
        kind=row.get("kind") or "",
    )


def _plain(title: str) -> str:
    return " ".join(_LITERAL.sub(" ", title).split()) if '"@' in title else title


def _money(written: str, currency: str, where: str) -> Money | None:
    if not written:
        return None
    try:
        return Money(int(Decimal(written) * 100), currency)
    except InvalidOperation:
        raise PairsError(f"{where}: {written!r} is not a price; write it like 12.99, or nothing") from None


def unique(pairs: Sequence[LabelledPair]) -> list[LabelledPair]:
    """Each pair of titles once, the first label kept."""
    return list({(pair.title_a, pair.title_b): pair for pair in reversed(pairs)}.values())[::-1]
