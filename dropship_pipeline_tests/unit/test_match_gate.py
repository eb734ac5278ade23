"""The matcher on this repository's labelled pairs: what a change of rules, words or weights must not lose.

The rules were written with the development pairs in view, so those show the goal met (precision 0.97, recall 0.60).
The held pairs show what unseen goods get: the goal of 0.95 is missed there (`docs/matching.md` says why), and their
floors below are a little under what was measured.
"""

import pytest

from dropship_pipeline.matching.model import shipped_model
from dropship_pipeline_tests.match_eval.figures import Judged, bands, judged
from dropship_pipeline_tests.match_eval.learning import Titles
from dropship_pipeline_tests.match_eval.pairs import read_own

LEAST_PRECISION = {"development": 0.97, "held": 0.92}
LEAST_RECALL = {"development": 0.61, "held": 0.57}


@pytest.fixture(scope="module", params=sorted(LEAST_PRECISION))
def judgements(request: pytest.FixtureRequest) -> tuple[str, list[Judged]]:
    titles, model = Titles(), shipped_model()
    pairs = read_own(request.param)
    return request.param, judged(pairs, titles.evidence(pairs, model.rarity), model)


def test_accepted_listings_are_the_product_and_enough_are_accepted(judgements: tuple[str, list[Judged]]) -> None:
    split, pairs = judgements
    found = bands(pairs)
    assert found.precision >= LEAST_PRECISION[split], found
    assert found.recall >= LEAST_RECALL[split], found


def test_few_true_matches_are_thrown_away(judgements: tuple[str, list[Judged]]) -> None:
    assert bands(judgements[1]).false_rejects <= 0.05


def test_no_pair_with_a_hard_conflict_is_accepted(judgements: tuple[str, list[Judged]]) -> None:
    assert [one for one in judgements[1] if one.barred and one.match.band == "accept"] == []
