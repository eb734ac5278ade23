"""The comparison that soaking tests end with: silent where all is equal, short where it is not."""

import pytest

from dropship_pipeline_tests.soak.compare import MOST_TOLD, assert_same_rows


def test_equal_tables_pass() -> None:
    assert_same_rows({"sellers": [("ann", 1)], "images": {"a"}}, {"images": {"a"}, "sellers": [("ann", 1)]})


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"sellers": [("ann", 2), ("bob", 1)]}, "sellers: expected ('ann', 1)\nsellers: found    ('ann', 2)"),
        ({"sellers": [("ann", 1)]}, "sellers: expected ('bob', 1)"),
        ({"sellers": [("ann", 1), ("bob", 1), ("bob", 1)]}, "sellers: found    ('bob', 1)"),
        ({"sellers": [("bob", 1), ("ann", 1)]}, "sellers: the same rows in another order"),
        ({}, "sellers: missing"),
        ({"sellers": [("ann", 1), ("bob", 1)], "more": []}, "more: not expected"),
    ],
)
def test_a_difference_fails_with_the_rows_that_differ_alone(found: dict[str, list[object]], told: str) -> None:
    with pytest.raises(pytest.fail.Exception) as failure:
        assert_same_rows(found, {"sellers": [("ann", 1), ("bob", 1)]})
    assert str(failure.value) == told


def test_many_differences_are_cut_short_with_their_number() -> None:
    with pytest.raises(pytest.fail.Exception) as failure:
        assert_same_rows({"sellers": range(50)}, {"sellers": []})
    lines = str(failure.value).splitlines()
    assert (len(lines), lines[-1]) == (MOST_TOLD + 1, "and 40 rows more")
