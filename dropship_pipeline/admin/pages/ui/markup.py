"""Parts of pages that are only shown, as HTML: many of them cost the server and the browser as much as one element.

Every text and every attribute is escaped; nothing but `tag` makes HTML of them.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from html import escape

from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.parts import Tag, Tone, attribute
from dropship_pipeline.admin.pages.ui.visit import READ
from dropship_pipeline.storage.links import web_link

_WITHOUT_END = {"img", "input"}
# What is pressed is the innermost element that says what it does; whom it is about, that says of which it is.
_PRESSED = """(event) => {
    const pressed = event.target.closest('[data-do]');
    if (pressed && %s.includes(pressed.dataset.do))
        emit(pressed.dataset.do, pressed.closest('[data-of]').dataset.of, event.target.checked === true);
}"""

# Is told the `data-of` of what was pressed, and whether that is a box which is ticked now.
Deed = Callable[[str, bool], Awaitable[None]]


class Markup(str):
    """HTML whose texts are escaped."""

    __slots__ = ()


def tag(name: str, *inside: str | None, **attributes: str | float | bool | None) -> Markup:
    """An HTML element.

    Args:
        name: of the tag.
        inside: texts, shown as they are, and elements; None is nothing.
        attributes: HTML attributes; `class_` becomes `class`, `aria_label` becomes `aria-label`; None leaves one out.
    """
    given = (attribute(key, value) for key, value in attributes.items())
    words = "".join(f' {key}="{escape(str(value))}"' for key, value in given if value is not None)
    content = "".join(part if isinstance(part, Markup) else escape(part or "") for part in inside)
    return Markup(f"<{name}{words}>{content}" + ("" if name in _WITHOUT_END else f"</{name}>"))


def show(box: Tag, *inside: Markup | None) -> Tag:
    """Replace what is inside an element; it is sent to the browser only if it differs."""
    return box.put("innerHTML", "".join(part for part in inside if part))


def on_deeds(frame: Frame, box: Tag, deeds: Mapping[str, Deed], permission: str = READ) -> None:
    """Do what elements in a box say in `data-do` when they are pressed; one listener serves them all."""

    async def pressed(event: GenericEventArguments) -> None:
        name, of, ticked = event.args
        if name in deeds:
            await deeds[name](of, ticked)

    box.on("click", frame.act(pressed, permission), js_handler=_PRESSED % json.dumps(list(deeds)))


def outside_link(text: str, url: str | None, classes: str = "") -> Markup:
    """A link to a marketplace in a tab of its own; only text where the address cannot be trusted."""
    address = web_link(url)
    if address is None:
        return tag("span", text, class_=classes)
    return tag("a", text, class_=f"link {classes}", href=address, target="_blank", rel="noopener noreferrer")


def badge(text: str, tone: Tone = "neutral") -> Markup:
    """A word on a tinted background."""
    return tag("span", text, class_=f"badge {tone}")


def picture(source: str | None, alt: str, classes: str = "thumb") -> Markup:
    """An image of our own origin, or an empty frame that says so."""
    if source is None:
        none = tag("span", "No image", aria_hidden="true")
        return tag("span", none, class_=f"{classes} missing", role="img", aria_label=f"No image: {alt}")
    return tag("img", class_=classes, src=source, alt=alt, loading="lazy", decoding="async")
