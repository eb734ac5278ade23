"""When what could not be read makes a run one that cannot be trusted, and what is said of it."""

import pytest

from dropship_pipeline.models import Platform, Reading
from dropship_pipeline.orchestration.ops.reading_summary import names_too_few, read_too_little, reading_numbers
from dropship_pipeline.storage.runs.readings import Asked, JobReading


def job(
    number: int = 10, failed: int = 0, in_part: int = 0, without_seller: int = 0, reading: Reading | None = None,
    platform: Platform = "ebay", asked: Asked = "search",
) -> JobReading:  # fmt: skip
    return JobReading(
        platform=platform, asked=asked, number=number, failed=failed, in_part=in_part, without_seller=without_seller,
        reading=reading or Reading(),
    )  # fmt: skip


def test_a_fifth_read_in_part_is_borne_and_more_is_not() -> None:
    assert read_too_little([job(in_part=2)]) is None
    assert (read_too_little([job(in_part=3)]) or "").startswith("3 of 10 eBay searches were read in part, so what")


def test_failed_searches_and_partly_read_ones_add_up() -> None:
    assert (read_too_little([job(failed=2, in_part=1)]) or "").startswith(
        "1 of 10 eBay searches were read in part, and"
    )
    assert read_too_little([job(failed=9)]) is None  # said by whoever counts failures


def test_any_platform_may_make_the_run_doubtful() -> None:
    doubt = read_too_little([job(), job(platform="amazon", asked="list", number=4, in_part=1)])
    assert (doubt or "").startswith("1 of 4 Amazon lists were read in part")


def test_a_search_for_sellers_whose_pages_name_none_is_not_trusted() -> None:
    assert names_too_few([job(without_seller=2)]) is None
    assert (names_too_few([job(without_seller=3)]) or "").startswith("3 of 10 eBay searches have a page on which no")


def test_numbers_name_each_reason_and_each_notice() -> None:
    reading = Reading(rows=9, skipped={"no_id": 2}, notices={"unknown": 1, "spelling": 3}, without_price=1)
    assert reading_numbers(job(in_part=1, reading=reading)) == {
        "read_in_part": 1, "without_seller": 0, "rows": 9, "rows_without_price": 1, "skipped_no_id": 2,
        "notices_spelling": 3, "notices_unknown": 1,
    }  # fmt: skip


@pytest.mark.parametrize("reading", [Reading(), Reading(pages=3, rows=60, notices={"spelling": 2})])
def test_nothing_is_said_where_everything_was_read(reading: Reading) -> None:
    assert job(reading=reading).sentence is None


def test_prices_that_are_lost_are_said_though_no_row_is() -> None:
    said = job(in_part=1, reading=Reading(rows=60, without_price=30, pages_in_part=1)).sentence
    assert said == "1 of 10 eBay searches were read in part; of 60 rows, lost are: 30 rows without a price"


def test_a_page_that_names_no_seller_is_said() -> None:
    assert job(without_seller=1).sentence == "1 of 10 eBay searches have a page that names no seller"
