"""Exports: right to the cell, harmless in a spreadsheet, and as small in memory for many sellers as for few."""

import csv
import io
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import text

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.export import BATCH_ROWS, COLUMNS, Format, defused, export_sellers, replacing
from dropship_pipeline_tests.integration.cli_runner import MOMENT, add_item, add_run, add_seller

MANY = 40_000
GROWTH_BYTES = 24 * 2**20
_FILL = text(
    """
    INSERT INTO sellers (org_id, seller_name, seller_name_normalized, first_seen_at, last_seen_at, first_job_id,
                         source_products)
    SELECT 'default', 'Seller ' || n, 'seller ' || n, now(), now(), 'job', jsonb_build_array(repeat('x', 1500))
    FROM generate_series(1, :many) n
    """
)


def written(database: Database, form: Format, org_id: str = "default") -> str:
    return b"".join(export_sellers(database, org_id, form)).decode()


def as_csv(database: Database) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(database, "csv"), newline="")))


def as_json(database: Database) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(written(database, "json"))
    return rows


@pytest.mark.parametrize(
    "name",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", " =1+1", "\u00a0=1", '"=1+1"', "'=1", "“=1”", "\t1", "\r1", "\n1", " \tx",
        "\uff1d1\uff0b1", "\ufeff=1", "\u200b=1", "\x00=1",
    ],
)  # fmt: skip
def test_a_cell_that_a_spreadsheet_would_run_begins_with_an_apostrophe(name: str) -> None:
    assert defused(name) == f"'{name}"


@pytest.mark.parametrize("name", ["", " ", "seller", "a=1", "seller-1", "a@b", '"quoted"', "1,204", "ünder", "👍"])
def test_a_harmless_cell_stays_as_it_is(name: str) -> None:
    assert defused(name) == name


def test_csv_keeps_every_kind_of_name_in_its_own_cell(database: Database) -> None:
    names = ['a "quoted", name', "two\nlines", "semi;colon", "Ünïcode 👍", "=HYPERLINK(1)"]
    for name in names:
        add_seller(database, name)
    assert sorted(row["seller_name"] for row in as_csv(database)) == sorted([*names[:-1], "'=HYPERLINK(1)"])


def test_json_gives_names_as_they_are(database: Database) -> None:
    names = ["=1+1", 'a "b" \\ c', "two\nlines", "\x1b[31m", "Ünïcode 👍"]
    for name in names:
        add_seller(database, name)
    assert sorted(row["seller_name"] for row in as_json(database)) == sorted(names)


def test_both_formats_hold_the_same_values_and_numbers_stay_numbers(database: Database, records: RunRecords) -> None:
    products = ["amazon:A1", "amazon:A2"]
    seller_id = add_seller(
        database, "Shop", feedback_percent=99.5, feedback_count=1204, source_products=products, collection_count=3
    )
    add_item(database, add_run(records, "d1"), seller_id, "A1", "1")
    expected = {
        "seller_name": "Shop", "seller_name_normalized": "shop", "feedback_percent": 99.5,
        "feedback_count": 1204, "products": 1, "collection_count": 3, "first_seen_at": MOMENT.isoformat(),
        "last_seen_at": MOMENT.isoformat(), "source_products": products,
    }  # fmt: skip
    assert as_json(database) == [expected]
    in_csv = {**expected, "source_products": " ".join(products)}
    assert as_csv(database) == [{name: str(value) for name, value in in_csv.items()}]


def test_a_number_that_is_none_does_not_spoil_the_json(database: Database) -> None:
    add_seller(database, "odd", feedback_percent=float("nan"))
    assert as_json(database)[0]["feedback_percent"] is None


def test_no_seller_at_all_is_still_a_document(database: Database) -> None:
    assert as_json(database) == []
    assert written(database, "csv") == ",".join(COLUMNS) + "\r\n"


def test_sellers_of_another_org_are_not_exported(database: Database) -> None:
    add_seller(database, "theirs", org_id="other")
    assert as_json(database) == []
    assert len(json.loads(written(database, "json", "other"))) == 1


@pytest.mark.parametrize("rows", [BATCH_ROWS - 1, BATCH_ROWS, BATCH_ROWS + 1])
def test_the_seam_between_two_batches_loses_nothing(database: Database, rows: int) -> None:
    with database.begin() as connection:
        connection.execute(_FILL, {"many": rows})
    assert len(as_json(database)) == len(as_csv(database)) == rows


@pytest.mark.parametrize("form", ["csv", "json"])
def test_memory_does_not_grow_with_the_number_of_sellers(database: Database, form: Format) -> None:
    with database.begin() as connection:
        connection.execute(_FILL, {"many": MANY})
    pieces = export_sellers(database, "default", form)
    next(pieces), next(pieces)
    process = psutil.Process()
    before, total, most = process.memory_info().rss, 0, 0
    for piece in pieces:
        total += len(piece)
        most = max(most, process.memory_info().rss - before)
    assert total > 2 * GROWTH_BYTES
    assert most < GROWTH_BYTES


def test_a_file_is_replaced_only_when_all_is_written(tmp_path: Path) -> None:
    path = tmp_path / "sellers.csv"
    path.write_text("before")
    with suppress(KeyboardInterrupt), replacing(path) as file:
        file.write(b"half")
        file.flush()
        assert path.read_text() == "before"
        raise KeyboardInterrupt
    assert (path.read_text(), list(tmp_path.iterdir())) == ("before", [path])


def test_a_replaced_file_can_be_read_by_nobody_who_could_not_before(tmp_path: Path) -> None:
    path = tmp_path / "sellers.csv"
    path.touch(mode=0o600)
    with replacing(path) as file:
        file.write(b"after")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"after", 0o600)


def test_a_link_stays_a_link_to_the_replaced_file(tmp_path: Path) -> None:
    target, link = tmp_path / "real.csv", tmp_path / "link.csv"
    target.touch()
    link.symlink_to(target)
    with replacing(link) as file:
        file.write(b"after")
    assert (link.is_symlink(), target.read_bytes()) == (True, b"after")
