"""A raw answer is cut to the listing's part, and shown so that nothing in it can be taken for something else."""

import pytest

from dropship_pipeline.collection.provenance import marked_answer, printed
from dropship_pipeline.models import ApiAnswer

ITEM = "900000000001"
CARD = f"<li class=s-item><a href='/itm/{ITEM}'>Lamp</a></li>"


def answer(text: str | bytes) -> ApiAnswer:
    return ApiAnswer(200, {}, text if isinstance(text, bytes) else text.encode())


def test_what_is_left_out_is_counted_on_each_side_and_within() -> None:
    for item in (ITEM, "900000000009"):
        whole = "b" * 500 + CARD + "a" * 700
        marked = marked_answer(answer(whole), item, around=100, part=20)
        assert marked is not None
        shown = len(marked.before) + len(marked.part) + len(marked.after)
        assert shown + marked.begins_at + marked.left_out_of_part + marked.left_out_after == len(whole)
        assert (marked.part == CARD[:20]) is (item == ITEM)
        assert max(len(marked.before), len(marked.after) // 2) <= 100


def test_a_part_without_an_end_is_bounded() -> None:
    marked = marked_answer(answer('{"id": "' + ITEM + '", "x": "' + "y" * 3_000_000), ITEM, around=100, part=1_000)
    assert marked is not None
    assert (len(marked.part), marked.after) == (1_000, "")
    assert marked.left_out_of_part > 2_900_000


@pytest.mark.parametrize("body", [b"\x1f\x8b\x08" + bytes(range(256)) * 9, b"\x00" * 400, b"\xff\xd8\xff" * 400])
def test_an_answer_that_is_no_text_is_not_shown(body: bytes) -> None:
    assert marked_answer(answer(body), ITEM, around=100, part=100) is None


@pytest.mark.parametrize("text", ["", "plain", "Größe 10 cm · 照明 · منتج · מנורה · 💡", "tab\tand\r\nline"])
def test_text_of_any_language_is_shown_as_it_is(text: str) -> None:
    marked = marked_answer(answer(text), ITEM, around=100, part=100)
    assert marked is not None
    shown = printed(marked.after)
    assert (shown.text, shown.replaced) == (text.replace("\r\n", "\n"), 0)


def test_characters_that_turn_or_hide_text_are_written_as_their_numbers() -> None:
    shown = printed("a\u202eb\u2066c\u200bd\x1b[31me\x00\u2028f\U000e0041")
    assert shown.text == ("a⟨U+202E⟩b⟨U+2066⟩c⟨U+200B⟩d⟨U+001B⟩[31me⟨U+0000⟩⟨U+2028⟩f⟨U+E0041⟩")
    assert shown.replaced == 7
