"""The list of sellers on Today: one row a seller, one of them selected."""

from collections.abc import Awaitable, Callable, Collection, Container, Mapping, Sequence
from dataclasses import dataclass

from nicegui import ui
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.image_paths import listing_image
from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.parts import Tag, Tone, badge, button, outside_link, picture, seller_page
from dropship_pipeline.storage.review.changes import SellerKind
from dropship_pipeline.storage.review.marks import Marks
from dropship_pipeline.storage.review.scores import Score
from dropship_pipeline.storage.review.today import MatchedPicture
from dropship_pipeline.storage.sellers.listing import SellerRow

STRONG, SOME = 60, 30
NEWS: Mapping[SellerKind, tuple[str, Tone]] = {
    "new": ("New", "good"), "back": ("Back", "good"), "gone": ("Gone", "neutral"), "moved": ("Price moved", "warn"),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """What is known of a seller of the list; `news` is how the latest search changed it."""

    seller: SellerRow
    marks: Marks
    score: Score | None
    pictures: Sequence[MatchedPicture]
    news: Collection[SellerKind]
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDeeds:
    """What a row lets a person do; each is told the seller's number."""

    select: Callable[[int], Awaitable[None]]
    choose: Callable[[int, bool], Awaitable[None]]
    star: Callable[[int], Awaitable[None]] | None
    hide: Callable[[int], Awaitable[None]] | None


class Inbox:
    """Draws the rows, and marks the selected one.

    Args:
        frame: the page.
        ebay_tld: of the eBay site that sellers are on.
        deeds: what a row lets a person do.
    """

    def __init__(self, frame: Frame, ebay_tld: str, deeds: RowDeeds) -> None:
        self._frame = frame
        self._ebay_tld = ebay_tld
        self._deeds = deeds
        self._rows: dict[int, Tag] = {}
        self._ticks: dict[int, Tag] = {}
        self._list = Tag("ul", "", "inbox", aria_label="Sellers")

    def show(self, rows: Sequence[InboxRow]) -> None:
        """Replace the rows."""
        self._list.clear()
        self._rows, self._ticks = {}, {}
        with self._list:
            for row in rows:
                self._rows[row.seller.id] = self._row(row)

    def select(self, seller_id: int | None) -> None:
        """Mark one row as the selected one."""
        for number, row in self._rows.items():
            row.put("aria-current", "true" if number == seller_id else None)

    def _row(self, row: InboxRow) -> Tag:
        seller = row.seller
        with Tag("li", "", "lead") as item:
            with Tag("div", "", "lead-left"):
                _score(seller, row.score)
                self._tick(row)
            with Tag("div", "", "lead-body"):
                with Tag("div", "", "row"):
                    outside_link(seller.seller_name, seller_page(self._ebay_tld, seller.seller_name), "lead-name")
                    _news(row.news)
                    if row.marks.starred:
                        badge("Starred", "busy")
                    if row.marks.note:
                        badge("Note")
                    for tag in row.marks.tags:
                        badge(tag)
                Tag("p", _facts(row), "small")
                Tag("p", f"Feedback {wording.feedback(seller.feedback_percent, seller.feedback_count)}", "muted small")
            with Tag("div", "", "lead-pictures"):
                for shown in row.pictures:
                    picture(listing_image(shown.job_id, shown.asin, shown.item_id), shown.title)
            self._buttons(row)
        item.on("click", self._do(self._deeds.select, seller.id))
        return item

    def _tick(self, row: InboxRow) -> None:
        number = row.seller.id

        async def ticked(event: GenericEventArguments) -> None:
            await self._deeds.choose(number, event.args is True)

        box = Tag("input", "", "lead-tick", type="checkbox", aria_label=f"Choose {row.seller.seller_name}")
        box.put("checked", row.chosen)
        box.on("click.stop")
        box.on("change", self._frame.act(ticked), js_handler="(event) => emit(event.target.checked)")
        self._ticks[number] = box

    def tick(self, seller_id: int, *, chosen: bool) -> None:
        """Show whether a seller is chosen."""
        if seller_id in self._ticks:
            ui.run_javascript(
                f"getHtmlElement('{self._ticks[seller_id].html_id}').checked = {'true' if chosen else 'false'}"
            )

    def _buttons(self, row: InboxRow) -> None:
        marks, name, number = row.marks, row.seller.seller_name, row.seller.id
        with Tag("div", "", "lead-buttons"):
            button("Evidence", aria_label=f"Evidence for {name}").classes("quiet").on(
                "click.stop", self._do(self._deeds.select, number)
            )
            if self._deeds.star is not None:
                words = "Unstar" if marks.starred else "Star"
                button(words, aria_label=f"{words} {name}").classes("quiet").on(
                    "click.stop", self._do(self._deeds.star, number)
                )
            if self._deeds.hide is not None:
                words = "Show again" if marks.hidden else "Hide"
                button(words, aria_label=f"{words}: {name}").classes("quiet").on(
                    "click.stop", self._do(self._deeds.hide, number)
                )

    def _do(
        self, deed: Callable[[int], Awaitable[None]], number: int
    ) -> Callable[[GenericEventArguments], Awaitable[None]]:
        async def act(_: GenericEventArguments) -> None:
            await deed(number)

        return self._frame.act(act)


def _score(seller: SellerRow, score: Score | None) -> None:
    """The likelihood; its parts are shown while it is pointed at or has the focus."""
    tone = "strong" if seller.likelihood >= STRONG else "some" if seller.likelihood >= SOME else "weak"
    with Tag("div", "", "score"):
        value = Tag(
            "button", str(seller.likelihood) if score else wording.NOTHING, f"score-value {tone}", type="button"
        )
        value.put("aria-label", f"Likelihood {seller.likelihood} of 100" if score else "Not scored yet")
        with Tag("div", "", "score-parts", role="tooltip") as parts:
            Tag("p", "How likely this seller sends what Amazon ships. A lead, not a finding.", "small")
            with Tag("ul"):
                for part in score.parts if score else ():
                    with Tag("li", "", "row between small"):
                        Tag("span", part.reason)
                        Tag("strong", f"{part.points} of {part.most}")
                if not score or not score.parts:
                    Tag("li", "No accepted product yet" if score else "Scored when the next search ends", "small")
        value.put("aria-describedby", parts.html_id)


def _news(kinds: Collection[SellerKind]) -> None:
    for kind, (words, tone) in NEWS.items():
        if kind in kinds:
            badge(words, tone)


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
        words.append(f"median margin {wording.change(facts.median_margin)}")
    return " · ".join(words)


def rows_of(
    sellers: Sequence[SellerRow],
    marks: Mapping[int, Marks],
    scores: Mapping[int, Score],
    pictures: Mapping[int, Sequence[MatchedPicture]],
    changed: Mapping[SellerKind, Collection[int]],
    chosen: Container[int],
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
            chosen=seller.id in chosen,
        )
        for seller in sellers
    ]
