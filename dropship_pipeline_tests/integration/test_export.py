"""Exports: right to the cell, harmless in a spreadsheet, and as small in memory for many sellers as for few."""

import csv
import io
import json
import unicodedata
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import psutil
import pytest
from sqlalchemy import text

from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.exports import documents
from dropship_pipeline.storage.exports.cells import defused, kept_as_text
from dropship_pipeline.storage.exports.documents import BATCH_ROWS, Format
from dropship_pipeline.storage.exports.files import replacing
from dropship_pipeline.storage.products.export import export_products
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.export import COLUMNS, export_sellers
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


_PRODUCT = text(
    """
    INSERT INTO products (org_id, platform, product_id, title, price_cents, currency, url, first_seen_at, last_seen_at,
                          last_job_id)
    VALUES ('default', 'amazon', 'B0001', '007 lamp', 1999, 'USD', 'https://a.example/B0001', now(), now(), 'job')
    """
)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


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


@pytest.mark.parametrize("name", ["a;=1", "a\t+1", "a, @x", 'a ";=1', "a;\u200b-1", "a\n=1", "a;\uff1d1", "=1;=2"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("form", ["csv", "csv-excel"])
def test_no_cell_begins_a_formula_whatever_ends_a_cell_for_the_reader(
    database: Database, name: str, delimiter: str, form: Format
) -> None:
    add_seller(database, name, source_products=[{"asin": "A1", "title": name, "run_id": 1}])
    text_read = written(database, form).removeprefix("\ufeff")
    for line in csv.reader(io.StringIO(text_read, newline=""), delimiter=delimiter):
        for cell in line:
            bare = unicodedata.normalize("NFKC", cell).lstrip(" \"'\u200b")
            assert cell.startswith("'") or not bare.startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
    "name",
    ["0012345", "123456789012345678", "1e5", "2024-01-05", "3/4", "TRUE", "mar-5", "Sept 2", "5 Jan 2024", "10:30 pm",
     "1,5", "50%", "$12", "(3)", "wahr", "1.2.3"],
)  # fmt: skip
def test_excel_gets_an_apostrophe_before_what_it_would_rewrite(name: str) -> None:
    assert kept_as_text(name) == f"'{name}"


@pytest.mark.parametrize("name", ["Müller", "3 Pack LED", "123toys", "market_9", "true_love", "may flowers", "", "-"])
def test_excel_gets_everything_else_as_it_is(name: str) -> None:
    assert kept_as_text(name) == name


def test_csv_for_excel_says_that_it_is_utf_8_and_plain_csv_does_not(database: Database) -> None:
    add_seller(database, "Müller Küchenbedarf")
    assert written(database, "csv-excel").startswith('\ufeff"seller_name"')
    assert not written(database, "csv").startswith("\ufeff")


def read_workbook(database: Database) -> list[list[Any]]:
    """Every cell of every sheet, the header once; numbers as float, texts as str, formulas and links as an error."""
    data = b"".join(export_sellers(database, "default", "xlsx"))
    assert zipfile.is_zipfile(io.BytesIO(data))
    book = zipfile.ZipFile(io.BytesIO(data))
    sheets = sorted(name for name in book.namelist() if name.startswith("xl/worksheets/sheet"))
    rows: list[list[Any]] = []
    for number, name in enumerate(sheets):
        sheet = ET.fromstring(book.read(name))
        assert not sheet.findall(f".//{MAIN}f")
        assert not sheet.findall(f".//{MAIN}hyperlink")
        found = [[_value(cell) for cell in row] for row in sheet.iter(f"{MAIN}row")]
        rows += found if number == 0 else found[1:]
    return rows


def _value(cell: ET.Element) -> str | float:
    if cell.get("t") == "inlineStr":
        return "".join(text.text or "" for text in cell.iter(f"{MAIN}t"))
    value = cell.find(f"{MAIN}v")
    assert value is not None
    return float(value.text or "")


def test_a_workbook_keeps_every_text_as_text_and_numbers_as_numbers(database: Database) -> None:
    names = ["0012345", "=1+1", "1e5", "http://x.example", "TRUE", "Ünïcode 👍", "a\tb", "x" * 40_000]
    for name in names:
        add_seller(database, name, feedback_percent=99.5, feedback_count=1204)
    header, *rows = read_workbook(database)
    assert header == list(COLUMNS)
    assert sorted(row[0] for row in rows) == sorted(name[:32_767] for name in names)
    assert {(row[2], row[3]) for row in rows} == {(99.5, 1204.0)}  # an empty cell is not written


def test_more_rows_than_a_worksheet_holds_go_on_in_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "SHEET_ROWS", 40)
    with database.begin() as connection:
        connection.execute(_FILL, {"many": 100})
    assert len(read_workbook(database)) == 101


@pytest.mark.parametrize("form", ["csv", "csv-excel", "xlsx", "json"])
def test_products_are_exported_in_every_format(database: Database, form: Format) -> None:
    with database.begin() as connection:
        connection.execute(_PRODUCT)
    data = b"".join(export_products(database, "default", form))
    shown = zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml") if form == "xlsx" else data
    assert b"007 lamp" in shown
    assert b"B0001" in shown
    assert b"B0001" not in b"".join(export_products(database, "other", form)) if form != "xlsx" else True


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
    products = [{"asin": "A1", "title": "Lamp", "run_id": 1}, {"asin": "A2", "title": "Mat", "run_id": 1}]
    seller_id = add_seller(
        database, "Shop", feedback_percent=99.5, feedback_count=1204, source_products=products, collection_count=3
    )
    add_item(database, add_run(records, "d1"), seller_id, "A1", "1")
    expected = {
        "seller_name": "Shop", "seller_name_normalized": "shop", "feedback_percent": 99.5,
        "feedback_count": 1204, "products": 1, "accepted": 0, "in_review": 0, "rejected": 0, "not_judged": 1,
        "likelihood": 0, "collection_count": 3, "first_seen_at": MOMENT.isoformat(),
        "last_seen_at": MOMENT.isoformat(), "source_products": products,
    }  # fmt: skip
    assert as_json(database) == [expected]
    in_csv = {**expected, "source_products": json.dumps(products)}
    assert as_csv(database) == [{name: str(value) for name, value in in_csv.items()}]


def test_a_number_that_is_none_does_not_spoil_the_json(database: Database) -> None:
    add_seller(database, "odd", feedback_percent=float("nan"))
    assert as_json(database)[0]["feedback_percent"] is None


def test_no_seller_at_all_is_still_a_document(database: Database) -> None:
    assert as_json(database) == []
    assert written(database, "csv") == ",".join(f'"{name}"' for name in COLUMNS) + "\r\n"
    assert read_workbook(database) == [list(COLUMNS)]


def test_sellers_of_another_org_are_not_exported(database: Database) -> None:
    add_seller(database, "theirs", org_id="other")
    assert as_json(database) == []
    assert len(json.loads(written(database, "json", "other"))) == 1


@pytest.mark.parametrize("rows", [BATCH_ROWS - 1, BATCH_ROWS, BATCH_ROWS + 1])
def test_the_seam_between_two_batches_loses_nothing(database: Database, rows: int) -> None:
    with database.begin() as connection:
        connection.execute(_FILL, {"many": rows})
    assert len(as_json(database)) == len(as_csv(database)) == rows


@pytest.mark.parametrize("form", ["csv", "csv-excel", "xlsx", "json"])
def test_memory_does_not_grow_with_the_number_of_sellers(database: Database, form: Format) -> None:
    with database.begin() as connection:
        connection.execute(_FILL, {"many": MANY})
    pieces = export_sellers(database, "default", form)
    if form != "xlsx":  # which is made before its first piece
        next(pieces), next(pieces)
    process = psutil.Process()
    before, total, most = process.memory_info().rss, 0, 0
    for piece in pieces:
        total += len(piece)
        most = max(most, process.memory_info().rss - before)
    assert form == "xlsx" or total > 2 * GROWTH_BYTES  # a workbook is compressed
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
