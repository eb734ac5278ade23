"""The list of sellers on Today: one row a seller, one of them selected."""

import json
from collections.abc import Awaitable, Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from nicegui import ui

from dropship_pipeline.admin.image_paths import listing_image
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.markup import Markup, badge, on_deeds, outside_link, picture, show, tag
from dropship_pipeline.admin.pages.ui.parts import Tag, Tone, seller_page
from dropship_pipeline.storage.review.changes import SellerKind
from dropship_pipeline.storage.review.marks import Marks
from dropship_pipeline.storage.review.scores import Score
from dropship_pipeline.storage.review.today import MatchedPicture
from dropship_pipeline.storage.sellers.listing import SellerRow

STRONG, SOME = 60, 30
NEWS: Mapping[SellerKind, tuple[str, Tone]] = {
    "new": ("New", "good"), "back": ("Back", "good"), "gone": ("Gone", "neutral"), "moved": ("Price moved", "warn"),
}  # fmt: skip
_SCORE = "How likely this seller sends what Amazon ships. A lead, not a finding.\n"
_TICK = """
    const ticked = %s;
    document.querySelectorAll('.lead-tick').forEach((box) => {
        box.checked = ticked[box.closest('[data-of]').dataset.of] ?? box.checked;
    });
"""

RowDeed = Callable[[int, bool], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """What is known of a seller of the list; `news` is how the latest search changed it."""

    seller: SellerRow
    marks: Marks
    score: Score | None
    pictures: Sequence[MatchedPicture]
    news: Collection[SellerKind]


class Inbox:
    """Draws the rows, and marks the selected one.

    Args:
        frame: the page.
        ebay_tld: of the eBay site that sellers are on.
        deeds: what rows let a person do, of `select`, `choose`, `star` and `hide`; each is told the seller's number,
            and whether its box is ticked now.
    """

    def __init__(self, frame: Frame, ebay_tld: str, deeds: Mapping[str, RowDeed]) -> None:
        self._ebay_tld = ebay_tld
        self._offered = deeds.keys()
        self._rows: dict[str, Tag] = {}
        self._list = Tag("ul", "", "inbox", aria_label="Sellers")
        on_deeds(frame, self._list, {name: partial(self._do, deed) for name, deed in deeds.items()})

    def show(self, rows: Sequence[InboxRow]) -> None:
        """Replace the rows: one that stays as it is is not drawn again, a new one takes the place of one that goes."""
        before, self._rows = self._rows, {}
        stay = {str(row.seller.id) for row in rows}
        gone = [item for number, item in before.items() if number not in stay]
        for row in rows:
            number = str(row.seller.id)
            item = before.get(number) or (gone.pop() if gone else self._new())
            self._rows[number] = show(item.put("data_of", number), *self._row(row))
        for item in gone:
            item.delete()
        if self._list.default_slot.children != list(self._rows.values()):
            self._list.default_slot.children[:] = self._rows.values()
            self._list.update()

    def _new(self) -> Tag:
        with self._list:
            return Tag("li", "", "lead", data_do="select")

    def select(self, seller_id: int | None) -> None:
        """Mark one row as the selected one."""
        for number, row in self._rows.items():
            row.put("aria-current", "true" if number == str(seller_id) else None)

    def tick(self, chosen: Container[int], seller_ids: Iterable[int]) -> None:
        """Tick the boxes of those sellers that are chosen and untick those of the others; a browser ticks by itself.

        Other boxes are left alone: a person may have ticked them while the answer to an earlier tick was under way.
        """
        ui.run_javascript(_TICK % json.dumps({seller_id: seller_id in chosen for seller_id in seller_ids}))

    async def _do(self, deed: RowDeed, number: str, ticked: bool) -> None:
        if number in self._rows:
            await deed(int(number), ticked)

    def _row(self, row: InboxRow) -> Iterator[Markup]:
        seller, name = row.seller, row.seller.seller_name
        tick = tag("input", class_="lead-tick", type="checkbox", data_do="choose", aria_label=f"Choose {name}")
        yield tag("div", _score(seller, row.score), tick, class_="lead-left")
        head = tag(
            "div",
            outside_link(name, seller_page(self._ebay_tld, name), "lead-name"),
            *(badge(words, tone) for kind, (words, tone) in NEWS.items() if kind in row.news),
            badge("Starred", "busy") if row.marks.starred else None,
            badge("Note") if row.marks.note else None,
            *map(badge, row.marks.tags),
            class_="row",
        )
        feedback = f"Feedback {wording.feedback(seller.feedback_percent, seller.feedback_count)}"
        yield tag(
            "div", head, tag("p", _facts(row), class_="small"), tag("p", feedback, class_="muted small"),
            class_="lead-body",
        )  # fmt: skip
        pictures = (picture(listing_image(one.job_id, one.asin, one.item_id), one.title) for one in row.pictures)
        yield tag("div", *pictures, class_="lead-pictures")
        yield tag("div", *self._buttons(row), class_="lead-buttons")

    def _buttons(self, row: InboxRow) -> Iterator[Markup]:
        name = row.seller.seller_name
        star, hide = "Unstar" if row.marks.starred else "Star", "Show again" if row.marks.hidden else "Hide"
        buttons = {"select": ("Evidence", "Evidence for"), "star": (star, star), "hide": (hide, f"{hide}:")}
        for deed, (words, said) in buttons.items():
            if deed in self._offered:
                yield tag(
                    "button", words, class_="button plain quiet", type="button", data_do=deed,
                    aria_label=f"{said} {name}",
                )  # fmt: skip


def _score(seller: SellerRow, score: Score | None) -> Markup:
    """The likelihood; its parts are shown while it is pointed at or has the focus."""
    tone = "strong" if seller.likelihood >= STRONG else "some" if seller.likelihood >= SOME else "weak"
    parts = [f"{part.points} of {part.most}: {part.reason}" for part in (score.parts if score else ())]
    nothing = "No accepted product yet" if score else "Scored when the next search ends"
    described = f"score-{seller.id}"
    return tag(
        "div",
        tag(
            "button", str(seller.likelihood) if score else wording.NOTHING, class_=f"score-value {tone}", type="button",
            aria_label=f"Likelihood {seller.likelihood} of 100" if score else "Not scored yet",
            aria_describedby=described,
        ),
        tag("div", "\n".join([_SCORE, *(parts or [nothing])]), class_="score-parts", role="tooltip", id=described),
        class_="score",
    )  # fmt: skip


def _facts(row: InboxRow) -> str:
    seller, score = row.seller, row.score
    if score is None or not score.facts.products:
        return f"No accepted match, {wording.counted(seller.in_review, 'listing')} in review"
    facts = score.facts
    words = [
        wording.counted(facts.products, "match", "matches"),
        wording.counted(facts.categories, "category", "categories"),
    ]
    if facts.median_margin is not None:
        words.append(f"median margin {wording.change(facts.median_margin)} after fees")
    return " · ".join(words)


def rows_of(
    sellers: Sequence[SellerRow],
    marks: Mapping[int, Marks],
    scores: Mapping[int, Score],
    pictures: Mapping[int, Sequence[MatchedPicture]],
    changed: Mapping[SellerKind, Collection[int]],
) -> list[InboxRow]:
    """What is known of each seller, side by side; of a search that is compared with none only who is new."""
    changed = changed or {"new": [seller.id for seller in sellers if seller.is_new]}
    return [
        InboxRow(
            seller=seller,
            marks=marks.get(seller.id, Marks()),
            score=scores.get(seller.id),
            pictures=pictures.get(seller.id, ()),
            news=[kind for kind, ids in changed.items() if seller.id in ids],
        )
        for seller in sellers
    ]
