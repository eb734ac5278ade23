"""What people say of sellers is kept as they said it, and each change is taken back exactly."""

import threading
from typing import Any

import pytest

from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.database.connection import Database
from dropship_pipeline.storage.review.marks import MarkChange, Marks, SellerMarks
from dropship_pipeline.storage.review.saved_views import SavedViews
from dropship_pipeline.storage.review.undo import Undone, undo_latest
from dropship_pipeline.storage.sellers.filters import SellerFilters
from dropship_pipeline.storage.sellers.listing import SellerList
from dropship_pipeline_tests.integration.cli_runner import add_seller

ANNA, BO = "anna", "bo"


@pytest.fixture
def marks(database: Database) -> SellerMarks:
    return SellerMarks(database, "default")


def undo(database: Database, by: str) -> Undone:
    return undo_latest(database, "default", by=by)


def said(marks: SellerMarks, seller_id: int) -> tuple[Any, ...]:
    found = marks.of([seller_id]).get(seller_id, Marks())
    return found.starred, found.hidden, tuple(found.tags), found.note


def test_marks_are_kept_with_who_made_them(database: Database, marks: SellerMarks) -> None:
    seller = add_seller(database, "a")
    change = MarkChange(starred=True, tags_added=["  ask  first ", "Lamps"], note="rings twice\nthen answers")
    assert marks.change([seller], change, by=ANNA).seller_ids == (seller,)
    assert said(marks, seller) == (True, False, ("ask first", "Lamps"), "rings twice\nthen answers")
    assert marks.of([seller])[seller].changed_by == ANNA


def test_a_tag_in_another_case_is_the_same_tag(database: Database, marks: SellerMarks) -> None:
    seller = add_seller(database, "a")
    marks.change([seller], MarkChange(tags_added=["Lamps"]), by=ANNA)
    assert marks.change([seller], MarkChange(tags_added=["LAMPS"]), by=ANNA).change_id is None
    marks.change([seller], MarkChange(tags_removed=["lamps"]), by=ANNA)
    assert said(marks, seller) == (False, False, (), "")


def test_fifty_changes_are_taken_back_in_reverse_and_leave_no_trace(database: Database, marks: SellerMarks) -> None:
    sellers = [add_seller(database, name) for name in "abcde"]
    states = []
    for number in range(50):
        states.append([said(marks, seller) for seller in sellers])
        change = MarkChange(
            starred=number % 3 == 0, hidden=number % 2 == 0, note=f"note {number}", tags_added=[f"t{number % 4}"]
        )
        marks.change(sellers[number % 4 :], change, by=ANNA)
    for state in reversed(states):
        assert undo(database, ANNA).change_id is not None
        assert [said(marks, seller) for seller in sellers] == state
    assert undo(database, ANNA).seller_ids == ()


def test_undo_takes_back_ones_own_change_and_leaves_what_another_did_since(
    database: Database, marks: SellerMarks
) -> None:
    seller = add_seller(database, "a")
    marks.change([seller], MarkChange(starred=True, note="first"), by=ANNA)
    marks.change([seller], MarkChange(note="second"), by=BO)
    undo(database, ANNA)
    assert said(marks, seller) == (False, False, (), "second")
    undo(database, BO)
    assert said(marks, seller) == (False, False, (), "first")


def test_two_people_at_once_lose_no_mark(database: Database, marks: SellerMarks) -> None:
    sellers = [add_seller(database, f"s{number}") for number in range(20)]

    def tag(name: str) -> None:
        for seller in sellers:
            marks.change([seller], MarkChange(tags_added=[name]), by=name)

    threads = [threading.Thread(target=tag, args=(name,)) for name in (ANNA, BO)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(set(found.tags) == {ANNA, BO} for found in marks.of(sellers).values())
    assert len(marks.of(sellers)) == 20


def test_a_seller_of_another_org_can_be_neither_marked_nor_seen(database: Database, marks: SellerMarks) -> None:
    theirs = add_seller(database, "theirs", org_id="other")
    with pytest.raises(RequestInvalid, match="no seller"):
        marks.change([theirs], MarkChange(starred=True), by=ANNA)
    SellerMarks(database, "other").change([theirs], MarkChange(starred=True, tags_added=["x"]), by=ANNA)
    assert marks.of([theirs]) == {}
    assert undo(database, ANNA).seller_ids == ()
    assert SellerMarks(database, "other").of([theirs])[theirs].starred


def test_an_unknown_seller_among_others_leaves_all_as_they_were(database: Database, marks: SellerMarks) -> None:
    seller = add_seller(database, "a")
    with pytest.raises(RequestInvalid, match="no seller 999999"):
        marks.change([seller, 999_999], MarkChange(starred=True), by=ANNA)
    assert said(marks, seller) == said(marks, 0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tags_added": [" "]}, "tag"), ({"tags_added": ["x" * 41]}, "40"), ({"tags_added": ["a\x00b"]}, "tag"),
        ({"note": "x" * 2_001}, "2000"), ({"note": "a\x00"}, "note"), ({"note": "\ud800"}, "note"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_before_anything_is_written(change: dict[str, Any], words: str) -> None:
    with pytest.raises(RequestInvalid, match=words):
        MarkChange(**change)


def test_a_seller_cannot_collect_tags_without_end(database: Database, marks: SellerMarks) -> None:
    seller = add_seller(database, "a")
    marks.change([seller], MarkChange(tags_added=[f"t{number}" for number in range(20)]), by=ANNA)
    with pytest.raises(RequestInvalid, match="20 tags"):
        marks.change([seller], MarkChange(tags_added=["one more"]), by=ANNA)
    assert len(marks.of([seller])[seller].tags) == 20


def test_the_list_shows_those_with_the_marks_asked_for(database: Database, marks: SellerMarks) -> None:
    starred, hidden, plain, both = (add_seller(database, name) for name in ("starred", "hidden", "plain", "both"))
    marks.change([starred, both], MarkChange(starred=True, tags_added=["good"]), by=ANNA)
    marks.change([hidden, both], MarkChange(hidden=True), by=ANNA)
    marks.change([plain], MarkChange(note="only a note"), by=ANNA)
    listed = SellerList(database, "default")

    def names(**filters: Any) -> set[str]:
        return {row.seller_name for row in listed.page(SellerFilters(**filters)).rows}

    assert names() == {"starred", "hidden", "plain", "both"}
    assert names(marks="to_review") == {"plain"}
    assert names(marks="starred") == {"starred", "both"}
    assert names(marks="hidden") == {"hidden", "both"}
    assert names(tag=" good ") == {"starred", "both"}


def test_a_view_is_kept_for_the_org_alone_and_leads_to_no_other_site(database: Database) -> None:
    add_seller(database, "theirs", org_id="other")
    views = SavedViews(database, "default")
    saved = views.save(" My  lamps ", "/sellers?marks=starred&tag=lamps", by=ANNA)
    assert views.list() == [saved]
    assert saved.name == "My lamps"
    again = views.save("My lamps", "/?marks=hidden", by=BO)
    assert [(view.id, view.address, view.saved_by) for view in views.list()] == [(again.id, "/?marks=hidden", BO)]
    assert SavedViews(database, "other").list() == []
    assert not SavedViews(database, "other").delete(saved.id)
    assert views.delete(saved.id)
    for address in ("https://example.com", "//example.com", "/\\example.com", "sellers", "/a b", "/" + "x" * 2_000):
        with pytest.raises(RequestInvalid, match="address"):
            views.save("x", address, by=ANNA)
