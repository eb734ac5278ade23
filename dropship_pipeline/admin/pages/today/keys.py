"""The keys of Today: what each does, the help that lists them, and the fields that two of them reach."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from nicegui import ui
from nicegui.events import GenericEventArguments, KeyEventArguments

from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.markup import show, tag
from dropship_pipeline.admin.pages.ui.parts import Tag

KEYS = {
    "j": "next seller", "k": "previous seller", "s": "star or unstar", "x": "hide or show again", "n": "write a note",
    "l": "next listing", "h": "previous listing", "y": "it is the product", "b": "it is not",
    "m": "choose the seller for a deed on several", "t": "tag those that are chosen", "c": "copy their names",
    "e": "export them", "z": "undo your last change", "/": "search", "?": "show or hide these keys",
}  # fmt: skip
# In the browser itself: what is typed next must already reach the field.
_FOCUS_KEYS = """
    if (!window.focusKeys) {
        window.focusKeys = {'/': '.today-search', 'n': '.today-note', 't': '.chosen-tag'};
        document.addEventListener('keydown', (event) => {
            const field = document.querySelector(window.focusKeys[event.key] ?? 'none');
            const typing = event.target.matches('input, select, textarea');
            if (!field?.offsetParent || typing || event.ctrlKey || event.altKey || event.metaKey) return;
            event.preventDefault();
            field.focus();
        });
    }
"""

Deed = Callable[[], Awaitable[None]]


class Keys:
    """Draws the help, hidden, and listens.

    Args:
        frame: the page.
        deeds: what each key does; `?` and the two that reach a field need none.
    """

    def __init__(self, frame: Frame, deeds: Mapping[str, Deed]) -> None:
        self._frame = frame
        self._turn = asyncio.Lock()
        self._deeds = {**deeds, "?": self._toggle_help}
        with Tag("section", "", "hidden", aria_label="Keys") as self._help:
            keys = (tag("div", tag("dt", key, class_="mono"), tag("dd", words)) for key, words in KEYS.items())
            show(Tag("dl", "", "keys"), *keys)
        ui.run_javascript(_FOCUS_KEYS)
        ui.keyboard(on_key=self._pressed, repeating=False, ignore=["input", "select", "textarea"])

    async def _pressed(self, event: KeyEventArguments) -> None:
        other = event.modifiers.ctrl or event.modifiers.alt or event.modifiers.meta
        deed = self._deeds.get(event.key.name)
        if deed is not None and event.action.keydown and not other:
            # One after the other, as they were pressed: what a key is for depends on those before it.
            async with self._turn:
                await self._frame.act(lambda _: deed())(
                    GenericEventArguments(sender=event.sender, client=event.client, args=None)
                )

    async def _toggle_help(self) -> None:
        shown = "hidden" not in self._help.classes
        self._help.classes(replace="hidden" if shown else "card")
