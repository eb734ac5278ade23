"""The page of a raw answer: its text around the listing's part, as text and never as HTML, and the way to save it all.

What is shown comes from strangers. It reaches the browser as text nodes; characters that are not printed, or that turn
the direction of what follows, are written as their numbers, and the box sets all in the order in which it came.
"""

import asyncio

from nicegui import ui

from dropship_pipeline.admin.api.parameters import PREFIX
from dropship_pipeline.admin.pages.match import find_of
from dropship_pipeline.admin.pages.pair import match_address
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.parts import Tag, facts, notice
from dropship_pipeline.admin.pages.ui.visit import Visit
from dropship_pipeline.collection.provenance import MarkedAnswer, marked_answer, printed
from dropship_pipeline.models import ApiAnswer
from dropship_pipeline.storage.sellers.provenance import AnswerGone, Find, kept_answer

# Characters on each side of the listing's part, and at most of the part itself.
AROUND, PART = 6_000, 24_000
# Within the box: the page itself stays at its head.
_TO_PART = """
    const part = document.querySelector('.answer mark');
    if (part) part.parentElement.scrollTop = part.offsetTop - part.parentElement.offsetTop - 80;
"""


def answer_page(visit: Visit) -> Frame:
    """The page at /sellers/{seller_id}/matches/{asin}/{item_id}/answer."""
    return Frame(visit, "Raw answer", _Answer(visit).draw)


class _Answer:
    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    async def draw(self, frame: Frame) -> None:
        seller_id, find = await asyncio.to_thread(find_of, self._visit)
        item_id = find.item.listing.item_id
        frame.retitle("Raw answer", back=(match_address(seller_id, find.item), f"Listing {item_id}"))
        head = frame.heading()
        try:
            answer, marked = await asyncio.to_thread(self._read, find)
        except AnswerGone as gone:
            notice(str(gone), "warn")
            return
        with head:
            address = PREFIX + match_address(seller_id, find.item, "/answer")
            Tag("a", "Save the whole answer", "button", href=address, download=True)
        facts(
            {
                "HTTP status": str(answer.status),
                "Size": f"{len(answer.body):,} bytes",
                "Collection": find.item.job_id,
            }
        )
        _say_what_is_shown(marked, item_id)
        if marked is not None:
            _text(marked, item_id)

    def _read(self, find: Find) -> tuple[ApiAnswer, MarkedAnswer | None]:
        answer = kept_answer(find, self._visit.services.objects)
        return answer, marked_answer(answer, find.item.listing.item_id, around=AROUND, part=PART)


def _say_what_is_shown(marked: MarkedAnswer | None, item_id: str) -> None:
    if marked is None:
        notice("This answer is no text, so it is not shown here. Save it to look at it with another program.", "warn")
    elif not marked.part:
        notice(f"The answer does not name listing {item_id}; this is how it begins.", "warn")
    else:
        Tag("p", f"The marked part is about listing {item_id}.", "muted")


def _text(marked: MarkedAnswer, item_id: str) -> None:
    before, part, after = (printed(text) for text in (marked.before, marked.part, marked.after))
    hidden = before.replaced + part.replaced + after.replaced
    if hidden:
        what = "Characters that are not printed, or turn the direction of the text, are written as their numbers, "
        Tag("p", f"{what}such as ⟨U+202E⟩: {hidden:,} here.", "muted small")
    _left_out(marked.begins_at, "before")
    with Tag("pre", "", "code answer", tabindex="0", dir="ltr", translate="no", aria_label="Text of the answer"):
        Tag("span", before.text)
        if part.text:
            Tag("mark", part.text, aria_label=f"About listing {item_id}")
        if marked.left_out_of_part:
            Tag("span", f"[… {marked.left_out_of_part:,} characters of this part are left out …]", "muted")
        Tag("span", after.text)
    _left_out(marked.left_out_after, "after")
    ui.run_javascript(_TO_PART)


def _left_out(characters: int, where: str) -> None:
    if characters:
        Tag("p", f"{wording.counted(characters, 'character')} {where} this are left out here.", "muted small")
