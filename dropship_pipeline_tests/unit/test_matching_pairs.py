"""The shape of the labelled pairs in `matching_pairs/`: what a figure measured on them takes for granted."""

import csv
import re
from collections import Counter
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent.parent / "matching_pairs"
COLUMNS = ("kind", "language", "title_a", "price_a", "title_b", "price_b", "currency", "match", "split")
SPLITS = {"development", "held"}
EBAY_TITLE_LENGTH = 80
HELD_PAIRS = 2_340
LEAST_HELD_OF_A_KIND = 8


def _documented_kinds() -> dict[str, str]:
    """Kind to `match`, read from the two tables of the README."""
    matches, non_matches = (FOLDER / "README.md").read_text("utf-8").split("## Kinds")[1].split("Non-matches:")
    kind = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
    return dict.fromkeys(kind.findall(matches), "1") | dict.fromkeys(kind.findall(non_matches), "0")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def pairs() -> list[dict[str, str]]:
    return [row for path in sorted(FOLDER.glob("*.csv")) for row in _rows(path)]


def test_a_file_with_other_columns_is_not_read_as_if_it_had_these() -> None:
    for path in FOLDER.glob("*.csv"):
        assert tuple(_rows(path)[0]) == COLUMNS, path.name
        assert {row["language"] for row in _rows(path)} == {path.stem}


def test_the_set_is_not_smaller_than_what_the_figures_claim(pairs: list[dict[str, str]]) -> None:
    assert len(pairs) >= 900
    assert 0.37 <= sum(row["match"] == "1" for row in pairs) / len(pairs) <= 0.45


def test_no_product_stands_in_both_splits_because_no_title_occurs_twice(pairs: list[dict[str, str]]) -> None:
    for column in ("title_a", "title_b"):
        titles = Counter(" ".join(row[column].casefold().split()) for row in pairs)
        assert [title for title, times in titles.items() if times > 1] == []


def test_every_kind_is_documented_and_its_label_is_the_same_everywhere(pairs: list[dict[str, str]]) -> None:
    assert {(row["kind"], row["match"]) for row in pairs} == set(_documented_kinds().items())


def test_every_kind_has_enough_pairs_in_both_splits(pairs: list[dict[str, str]]) -> None:
    for kind in _documented_kinds():
        splits = Counter(row["split"] for row in pairs if row["kind"] == kind)
        assert set(splits) == SPLITS, kind
        assert splits.total() >= 20, (kind, splits)
        assert splits["held"] >= LEAST_HELD_OF_A_KIND, (kind, splits)


def test_every_language_of_the_sites_has_its_share_in_both_splits(pairs: list[dict[str, str]]) -> None:
    languages = Counter(row["language"] for row in pairs)
    assert 0.5 <= languages["en"] / len(pairs) <= 0.7
    for language in ("de", "fr", "it", "es", "nl", "pl", "pt", "ja"):
        assert languages[language] >= 25, language
        of_language = [row for row in pairs if row["language"] == language]
        assert {row["split"] for row in of_language} == SPLITS
        assert {row["match"] for row in of_language} == {"0", "1"}
    assert sum(row["split"] == "held" for row in pairs) == HELD_PAIRS


def test_prices_are_in_units_of_a_real_currency_and_titles_fit_ebay(pairs: list[dict[str, str]]) -> None:
    for row in pairs:
        assert re.fullmatch(r"[A-Z]{3}", row["currency"]), row
        for column in ("price_a", "price_b"):
            assert re.fullmatch(r"(\d+(\.\d\d)?)?", row[column]), row
        assert row["title_a"].strip() == row["title_a"] != ""
        assert 0 < len(row["title_b"]) <= EBAY_TITLE_LENGTH, row["title_b"]
    unpriced = sum("" in (row["price_a"], row["price_b"]) for row in pairs)
    assert 0.03 <= unpriced / len(pairs) <= 0.2
