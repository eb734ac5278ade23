"""1,200 described answers of Rainforest: a price is believed only where it agrees with what was written.

The answers come from descriptions of their own, which know neither the parser nor the sandbox marketplace.
"""

import json
from collections.abc import Iterator

import pytest

from dropship_pipeline.marketplaces.amazon.rainforest import parse_page
from dropship_pipeline.marketplaces.paging import ResultPage
from dropship_pipeline.models import ApiAnswer, Product
from dropship_pipeline_tests.answers_of_rainforest.answers import KINDS, Answer, Row, draw_answer

ANSWERS = 1200
SHOWN = 8


@pytest.fixture(scope="module")
def readings() -> list[tuple[Answer, ResultPage[Product]]]:
    return [(answer, _read(answer)) for answer in map(draw_answer, range(ANSWERS))]


def _read(answer: Answer) -> ResultPage[Product]:
    body = json.dumps(answer.document, ensure_ascii=False).encode()
    return parse_page(ApiAnswer(200, {}, body), 1, answer.domain.name)


def _pairs(readings: list[tuple[Answer, ResultPage[Product]]], kind: str) -> Iterator[tuple[Answer, Row, Product]]:
    for answer, result in readings:
        read = {product.product_id: product for product in result.products}
        for row in answer.rows:
            if row.kind == kind and row.taken:
                yield answer, row, read[str(row.fields["asin"])]


def _none(complaints: list[str]) -> None:
    shown = "\n".join(complaints[:SHOWN])
    assert not complaints, f"{len(complaints)} complaints, among them\n{shown}"


def test_rows_in_are_rows_out_and_rows_skipped(readings: list[tuple[Answer, ResultPage[Product]]]) -> None:
    for answer, result in readings:
        assert [product.product_id for product in result.products] == [
            row.fields["asin"] for row in answer.rows if row.taken
        ]
        assert result.reading.skipped_rows == sum(not row.taken for row in answer.rows)


@pytest.mark.parametrize("kind", KINDS)
def test_no_price_is_believed_that_was_not_written(
    kind: str, readings: list[tuple[Answer, ResultPage[Product]]]
) -> None:
    _none([
        f"answer {answer.number} ({answer.domain.name}): {row.fields.get('price', row.fields.get('prices'))} "
        f"was read as {product.price}"
        for answer, row, product in _pairs(readings, kind)
        if (product.price and (product.price.cents, product.price.currency)) not in row.right
    ])  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_written_as_a_price_is_kept(kind: str, readings: list[tuple[Answer, ResultPage[Product]]]) -> None:
    _none([
        f"answer {answer.number} ({answer.domain.name}): {row.raws} was kept as {product.price_raw!r}"
        for answer, row, product in _pairs(readings, kind)
        if row.raws and not any(_is_part(product.price_raw, raw) for raw in row.raws)
    ])  # fmt: skip


def _is_part(kept: str | None, raw: str) -> bool:
    """Is what was kept a part of the text, or the text beside others, whatever white space was folded."""
    if kept is None:
        return False
    bare, written = "".join(kept.split()), "".join(raw.split())
    return bare in written or written in bare
