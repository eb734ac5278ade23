"""What a person says of a match wins over the matcher everywhere, whatever is found or judged later, and is undone."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from dropship_pipeline.collection.sellers.labelling import Labelling
from dropship_pipeline.collection.sellers.scoring import score_sellers
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.settings import Settings
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.database.tables import collection_items, job_products, match_labels, sellers
from dropship_pipeline.storage.review.changes import SellerChanges
from dropship_pipeline.storage.review.marks import MarkChange, SellerMarks
from dropship_pipeline.storage.review.scores import SellerScores
from dropship_pipeline.storage.review.today import Today
from dropship_pipeline.storage.runs.records import RunRecords
from dropship_pipeline.storage.sellers.evidence import SellerEvidence
from dropship_pipeline.storage.sellers.filters import SellerFilters
from dropship_pipeline.storage.sellers.listing import SellerList
from dropship_pipeline.storage.sellers.matches import JobMatches, MatchCounts
from dropship_pipeline_tests.integration.cli_runner import MOMENT, add_run, add_seller
from dropship_pipeline_tests.integration.found_rows import add_job_product, add_listing
from dropship_pipeline_tests.integration.labelled_shop import ANNA, BO, JUDGED, Shop


@pytest.fixture
def shop(database: Database, records: RunRecords) -> Shop:
    return Shop(database, records)


def test_a_word_changes_every_number_at_once_and_leaves_the_machine_s_judgement_visible(shop: Shop) -> None:
    _, before = shop.scored()
    shop.says().say(shop.id, "A3", "reject", is_match=True)
    shop.says().say(shop.id, "A1", "accept", is_match=False)
    assert shop.bands() == {"accept": "reject", "review": "review", "reject": "accept"}
    assert shop.numbers() == (1, 1, 1, 1)
    counts = JobMatches(shop.database, "default", "job")
    assert counts.listings() == MatchCounts(1, 1, 1, 0)
    shop.says().say(shop.id, "A2", "review", is_match=True)
    assert shop.numbers() == (2, 2, 0, 1)
    assert (counts.listings(), counts.sellers()) == (MatchCounts(2, 0, 1, 0), MatchCounts(1, 0, 0, 0))
    products, after = shop.scored()
    assert (products, after > before) == (2, True)
    shown = Today(shop.database, "default").pictures([shop.id])[shop.id]
    assert {picture.item_id for picture in shown} == {"review", "reject"}
    (item,) = [one for one in SellerEvidence(shop.database, "default").items(shop.id).rows if one.asin == "A3"]
    assert item.match is not None
    assert item.match.band == "reject"
    assert item.label is not None
    assert (item.label.is_match, item.label.by) == (True, ANNA)


def test_a_seller_whose_only_match_is_refused_is_no_longer_among_the_accepted(shop: Shop) -> None:
    listed = SellerList(shop.database, "default")
    shop.says().say(shop.id, "A1", "accept", is_match=False)
    assert listed.page(SellerFilters(match="accept")).rows == []
    assert [row.id for row in listed.page(SellerFilters(match="review")).rows] == [shop.id]
    assert shop.scored() == (0, 0)


def test_a_word_survives_a_replay_and_a_later_search_that_finds_the_listing_again(shop: Shop) -> None:
    shop.says().say(shop.id, "A3", "reject", is_match=True)
    shop.judge_anew("reject")
    assert shop.bands() == {"accept": "reject", "review": "reject", "reject": "accept"}
    add_job_product(shop.database, "A3", job_id="next")
    later = MOMENT + timedelta(days=30)
    add_listing(shop.database, shop.run_id, shop.id, "A3", job_id="next", item_id="reject", match_band="reject",
                seen_at=later, **JUDGED)  # fmt: skip
    score_sellers(shop.database, "default", "next", Settings())
    assert shop.numbers()[:2] == (1, 2)
    assert shop.scored()[0] == 1


def test_what_a_person_says_of_a_listing_is_no_change_between_two_searches(shop: Shop) -> None:
    """The matcher judges it otherwise the second time; what counts is the same in both."""
    run_id = add_run(RunRecords(shop.database, "default"), "d2", "next", status="completed")
    for asin, item_id in (("A1", "accept"), ("A3", "reject")):
        add_job_product(shop.database, asin, job_id="next")
        add_listing(shop.database, run_id, shop.id, asin, job_id="next", item_id=item_id, match_band="review", **JUDGED)
    changes = SellerChanges(shop.database, "default")
    assert changes.between(shop.run_id, run_id).moved_bands.total == 2
    shop.says().say(shop.id, "A3", "reject", is_match=True)
    assert [one.item_id for one in changes.between(shop.run_id, run_id).moved_bands.rows] == ["accept"]


def test_a_word_is_kept_while_its_listing_is_gone_and_holds_when_it_is_found_again(shop: Shop) -> None:
    shop.says().say(shop.id, "A3", "reject", is_match=True)
    with shop.database.begin() as connection:
        connection.execute(delete(collection_items))
        connection.execute(delete(job_products))
    assert shop.numbers() == (0, 0, 0, 0)
    add_job_product(shop.database, "A3")
    add_listing(shop.database, shop.run_id, shop.id, "A3", item_id="reject", match_band="reject", **JUDGED)
    assert (shop.bands(), shop.numbers()) == ({"reject": "accept"}, (1, 1, 0, 0))


def test_a_word_during_a_replay_waits_for_nothing_is_not_lost_and_keeps_no_reader_waiting(shop: Shop) -> None:
    """A replay holds listings and sellers for minutes in one transaction that began before the word."""
    said = threading.Event()
    assert shop.numbers() == (1, 1, 1, 1)

    def say() -> None:
        shop.says().say(shop.id, "A1", "accept", is_match=False)
        said.set()

    with shop.database.begin() as connection:
        connection.execute(update(collection_items).values(position=2, match_band="accept"))
        connection.execute(update(sellers).values(source_products=[]))
        speaking = threading.Thread(target=say)
        speaking.start()
        assert said.wait(9), "the word waits for the replay"
        assert (shop.bands()["accept"], shop.numbers()) == ("reject", (1, 1, 1, 1))
        connection.execute(update(collection_items).values(match_band="accept"))
    speaking.join()
    assert shop.bands()["accept"] == "reject"
    assert shop.numbers() == (2, 2, 0, 1)


def test_one_stack_takes_back_marks_and_words_in_reverse_and_nothing_of_another_person(shop: Shop) -> None:
    marks = SellerMarks(shop.database, "default")
    states: list[Any] = []

    def state() -> tuple[Any, ...]:
        found = marks.of([shop.id]).get(shop.id)
        return bool(found and found.starred), shop.bands(), shop.numbers(), shop.scored()

    for number in range(6):
        states.append(state())
        if number % 2:
            marks.change([shop.id], MarkChange(starred=not marks.of([shop.id])[shop.id].starred), by=ANNA)
            continue
        shop.says().say(shop.id, "A2", "review", is_match=number % 4 == 0)
        if number == 0:
            marks.change([shop.id], MarkChange(note="of bo"), by=BO)
    for before in reversed(states):
        undone = shop.says().undo()
        assert undone.seller_ids == (shop.id,)
        assert state() == before
    assert shop.says().undo().change_id is None
    assert marks.of([shop.id])[shop.id].note == "of bo"


def test_undo_gives_back_what_another_said_before_with_his_name_and_leaves_what_he_said_since(shop: Shop) -> None:
    def label() -> tuple[bool, str] | None:
        (item,) = [one for one in SellerEvidence(shop.database, "default").items(shop.id).rows if one.asin == "A1"]
        return None if item.label is None else (item.label.is_match, item.label.by)

    shop.says(BO).say(shop.id, "A1", "accept", is_match=True)
    shop.says(ANNA).say(shop.id, "A1", "accept", is_match=False)
    shop.says(ANNA).undo()
    assert label() == (True, BO)
    shop.says(ANNA).say(shop.id, "A1", "accept", is_match=False)
    shop.says(BO).say(shop.id, "A1", "accept", is_match=None)
    assert shop.says(ANNA).undo().seller_ids == ()
    assert label() is None


def test_to_say_the_same_again_changes_nothing_and_leaves_nothing_to_undo(shop: Shop) -> None:
    shop.says(BO).say(shop.id, "A1", "accept", is_match=True)
    assert shop.says(ANNA).say(shop.id, "A1", "accept", is_match=True).change_id is None
    assert shop.says(ANNA).undo().change_id is None


def test_a_word_on_a_listing_with_two_sellers_counts_for_both(shop: Shop) -> None:
    other = add_seller(shop.database, "renamed")
    add_listing(shop.database, shop.run_id, other, "A3", job_id="job2", item_id="reject", match_band="reject", **JUDGED)
    add_run(RunRecords(shop.database, "default"), "d2", "job2", status="completed")
    shop.says().say(shop.id, "A3", "reject", is_match=True)
    accepted = {row.id: row.accepted for row in SellerList(shop.database, "default").page().rows}
    assert accepted == {shop.id: 2, other: 1}


def test_what_one_org_says_is_nothing_to_another(shop: Shop) -> None:
    theirs = add_seller(shop.database, "shop", org_id="other")
    add_listing(shop.database, shop.run_id, theirs, "A3", job_id="their job", org_id="other", item_id="reject",
                match_band="reject", **JUDGED)  # fmt: skip
    shop.says().say(shop.id, "A3", "reject", is_match=True)
    (item,) = SellerEvidence(shop.database, "other").items(theirs).rows
    assert (item.label, item.band) == (None, "reject")
    stranger = Labelling(shop.database, "other", Settings(), by=ANNA)
    with pytest.raises(RequestInvalid, match="has no listing"):
        stranger.say(shop.id, "A3", "reject", is_match=False)
    assert stranger.undo().change_id is None


def test_a_score_of_one_seller_is_what_all_scores_anew_would_give(shop: Shop) -> None:
    others = [add_seller(shop.database, f"s{number}") for number in range(3)]
    for number, seller in enumerate(others):
        for asin in ("A1", "A2", "A3")[: number + 1]:
            add_listing(shop.database, shop.run_id, seller, asin, item_id=f"{seller}", match_band="accept", **JUDGED)
    score_sellers(shop.database, "default", "job", Settings())
    shop.says().say(shop.id, "A3", "reject", is_match=True)

    def all_scores() -> dict[int, Any]:
        scores = SellerScores(shop.database, "default").of([shop.id, *others])
        with shop.database.begin() as connection:
            sorted_by = dict(connection.execute(select(sellers.c.id, sellers.c.likelihood)).tuples().all())
        return {one: (score.facts, score.parts, sorted_by[one]) for one, score in scores.items()}

    at_once = all_scores()
    score_sellers(shop.database, "default", "job", Settings())
    assert all_scores() == at_once


def test_others_are_told_of_a_word_and_of_its_undoing(shop: Shop) -> None:
    today = Today(shop.database, "default")
    moments = [today.reviewed_at()]
    shop.says().say(shop.id, "A3", "reject", is_match=True)
    moments.append(today.reviewed_at())
    shop.says().undo()
    moments.append(today.reviewed_at())
    assert moments[0] is None
    assert moments[1] is not None
    assert moments[2] is not None
    assert moments[1] < moments[2]


def test_two_people_who_say_otherwise_at_once_leave_one_word_and_two_changes(shop: Shop) -> None:
    threads = [
        threading.Thread(target=shop.says(name).say, args=(shop.id, "A2", "review"), kwargs={"is_match": name == BO})
        for name in (ANNA, BO)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with shop.database.begin() as connection:
        (kept,) = connection.execute(select(match_labels.c.is_match, match_labels.c.labelled_by)).all()
    assert kept.is_match is (kept.labelled_by == BO)
    assert shop.bands()["review"] == ("accept" if kept.is_match else "reject")
    assert shop.scored()[0] == (2 if kept.is_match else 1)
