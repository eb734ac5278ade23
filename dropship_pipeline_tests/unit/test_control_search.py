"""When a zero is doubted: at the start, when zeros jump, at the end; and what an answer from the ledger is worth."""

from collections.abc import Sequence

import pytest

from dropship_pipeline.collection.sellers.control_search import QUERIES, RECENT, ControlSearch
from dropship_pipeline.errors import BadAnswer, KeyRefused
from dropship_pipeline.models import Listing, OutcomeState
from dropship_pipeline_tests.unit.seller_fakes import listing

SOMETHING = (listing(1),)


class Asked:
    """Answers control searches in order, the last again and again."""

    def __init__(self, *answers: Sequence[Listing] | Exception | None) -> None:
        self.answers = answers or (SOMETHING,)
        self.queries: list[str] = []

    async def __call__(self, query: str) -> Sequence[Listing] | None:
        answer = self.answers[min(len(self.queries), len(self.answers) - 1)]
        self.queries.append(query)
        if isinstance(answer, Exception):
            raise answer
        return answer


FOUND: list[OutcomeState] = ["found"]
NONE: list[OutcomeState] = ["none"]


async def watch(control_search: ControlSearch, states: Sequence[OutcomeState]) -> None:
    for state in states:
        control_search.saw(state)
        await control_search.check_if_due()


async def test_results_leave_no_doubt() -> None:
    control_search = ControlSearch(Asked())
    await control_search.check()
    assert control_search.doubt is None


@pytest.mark.parametrize(
    ("answer", "words"), [((), "found nothing"), (BadAnswer("a block page", status=200), "a block page")]
)
async def test_a_control_search_without_results_is_remembered_with_its_reason(
    answer: Sequence[Listing] | Exception, words: str
) -> None:
    control_search = ControlSearch(Asked(answer))
    await control_search.check()
    assert control_search.doubt is not None
    assert words in control_search.doubt
    assert QUERIES[0] in control_search.doubt


async def test_a_refused_key_is_not_taken_for_a_false_zero() -> None:
    control_search = ControlSearch(Asked(KeyRefused("refused")))
    with pytest.raises(KeyRefused):
        await control_search.check()
    assert control_search.doubt is None


async def test_a_kept_answer_with_results_proves_nothing_and_another_search_is_made() -> None:
    asked = Asked(None, None, ())
    control_search = ControlSearch(asked)
    await control_search.check()
    assert asked.queries == [*QUERIES[:3]]
    assert control_search.doubt is not None


async def test_zeros_that_begin_on_the_way_are_checked() -> None:
    asked = Asked(())
    control_search = ControlSearch(asked)
    await watch(control_search, FOUND * 40 + NONE * RECENT)
    assert control_search.doubt is not None


async def test_zeros_from_the_first_search_on_are_checked() -> None:
    control_search = ControlSearch(Asked(()))
    await watch(control_search, ["none"] * RECENT)
    assert control_search.doubt is not None


async def test_a_run_that_always_had_many_zeros_is_not_asked_about_again_and_again() -> None:
    asked = Asked()
    control_search = ControlSearch(asked)
    await watch(control_search, ["none", "found", "none"] * 200)
    assert len(asked.queries) <= 1


async def test_a_jump_is_checked_once_and_not_after_every_further_zero() -> None:
    asked = Asked()
    control_search = ControlSearch(asked)
    await watch(control_search, FOUND * 100 + NONE * 60)
    assert len(asked.queries) == 1


async def test_a_second_jump_is_checked_again() -> None:
    asked = Asked()
    control_search = ControlSearch(asked)
    await watch(control_search, (FOUND * 100 + NONE * 15) * 2)
    assert len(asked.queries) == 2


async def test_a_run_too_short_for_a_jump_is_checked_at_its_end() -> None:
    control_search = ControlSearch(Asked(()))
    await watch(control_search, ["found", "none", "none"])
    assert control_search.doubt is None
    await control_search.check_if_due(at_end=True)
    assert control_search.doubt is not None


async def test_failures_do_not_count_as_zeros() -> None:
    asked = Asked()
    control_search = ControlSearch(asked)
    await watch(control_search, ["failed"] * 100)
    await control_search.check_if_due(at_end=True)
    assert asked.queries == []


async def test_a_doubt_is_final_and_nothing_more_is_paid_to_prove_it() -> None:
    asked = Asked(())
    control_search = ControlSearch(asked)
    await control_search.check()
    await watch(control_search, ["none"] * 100)
    await control_search.check_if_due(at_end=True)
    assert len(asked.queries) == 1
