"""The matcher on this repository's labelled pairs: what a change of rules, words or weights must not lose."""

import pytest

from dropship_pipeline.matching.model import shipped_model
from dropship_pipeline_tests.match_eval.figures import Judged, bands, judged
from dropship_pipeline_tests.match_eval.learning import Titles
from dropship_pipeline_tests.match_eval.pairs import read_own

SPLITS = ("development", "held")


@pytest.fixture(scope="module")
def judgements() -> dict[str, list[Judged]]:
    titles, model = Titles(), shipped_model()
    found = {}
    for split in SPLITS:
        pairs = read_own(split)
        found[split] = judged(pairs, titles.evidence(pairs, model.rarity), model)
    return found


def test_accepted_listings_are_the_product_and_enough_of_them_are_accepted(judgements: dict[str, list[Judged]]) -> None:
    found = bands([one for split in SPLITS for one in judgements[split]])
    assert found.precision >= 0.97, found
    assert found.recall >= 0.60, found


def test_few_true_matches_are_thrown_away(judgements: dict[str, list[Judged]]) -> None:
    assert bands([one for split in SPLITS for one in judgements[split]]).false_rejects <= 0.05


def test_no_pair_with_a_hard_conflict_is_accepted(judgements: dict[str, list[Judged]]) -> None:
    for split in SPLITS:
        assert [one for one in judgements[split] if one.barred and one.match.band == "accept"] == []
