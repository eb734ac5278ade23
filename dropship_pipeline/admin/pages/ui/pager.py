"""Buttons for the previous and the next page, by cursor: a late page is as fast as the first."""

import asyncio
from collections.abc import Awaitable, Callable

from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.parts import Tag, button

Show = Callable[[str | None], Awaitable[str | None]]


class Pager:
    """The foot of a table.

    Args:
        show: shows the page at a cursor (None: the first) and returns the cursor of the next, None on the last.
    """

    def __init__(self, show: Show) -> None:
        self._show = show
        self._cursors: list[str | None] = [None]
        self._next: str | None = None
        # One turn after the other: an answer that comes late must not be drawn over a newer one.
        self._turning = asyncio.Lock()
        self._firsts = 0

    def draw(self, frame: Frame) -> None:
        """Draw the buttons here."""
        with Tag("nav", "", "table-foot", aria_label="Pages of the table"):
            self._words = Tag("span", "", "muted small")
            with Tag("div", "", "row"):
                self._back = button("Previous").on("click", frame.act(self._previous))
                self._forward = button("Next").on("click", frame.act(self._following))

    def say(self, words: str) -> None:
        """Show a text beside the buttons."""
        page = len(self._cursors)
        self._words.say(words if page == 1 else f"{words}, page {page:,}")

    async def first(self) -> None:
        """Show the first page again, after the question has changed."""
        self._firsts += 1
        mine = self._firsts
        async with self._turning:
            if mine == self._firsts:  # else another one waits that shows the same, or something newer
                self._cursors = [None]
                await self._turn()

    async def again(self) -> None:
        """Show the same page with fresh rows."""
        async with self._turning:
            await self._turn()

    async def _previous(self, _: GenericEventArguments) -> None:
        async with self._turning:
            if len(self._cursors) > 1:
                self._cursors.pop()
                await self._turn()

    async def _following(self, _: GenericEventArguments) -> None:
        async with self._turning:
            if self._next is not None:
                self._cursors.append(self._next)
                await self._turn()

    async def _turn(self) -> None:
        self._next = await self._show(self._cursors[-1])
        self._back.put("disabled", len(self._cursors) == 1)
        self._forward.put("disabled", self._next is None)
