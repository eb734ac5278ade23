"""Writes text to the browser's clipboard; where the browser does not allow it, shows the text to copy by hand."""

import json

from nicegui import ui

from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.parts import Tag

_COPY = """(async (text) => {
    try { await navigator.clipboard.writeText(text); return true; } catch { return false; }
})(%s)"""


class Clipboard:
    """Draws nothing until a browser refuses."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._fallback = Tag("div")

    async def write(self, text: str, told: str) -> None:
        """Copy a text, and say so.

        Args:
            text: what is copied.
            told: what it is, such as `3 names`.
        """
        try:
            done = await ui.run_javascript(_COPY % json.dumps(text), timeout=10)
        except TimeoutError:  # a page that was closed, or whose browser asks the person first
            done = False
        if done:
            self._frame.say(f"Copied {told}", "good")
        else:
            self._offer(text, told)

    def _offer(self, text: str, told: str) -> None:
        self._fallback.clear()
        with self._fallback, Tag("section", "", "card form"):
            Tag("h2", "Names to copy")
            with Tag("div", "", "field"):
                label = Tag("label", f"This browser does not allow copying for you: select and copy these {told}")
                box = Tag("textarea", "", "input", readonly=True, defaultValue=text)
                label.put("for", box.html_id)
        ui.run_javascript(f"getHtmlElement('{box.html_id}').select()")
