"""The parts of pages: semantic HTML whose texts are always text.

No part takes HTML or Markdown: a marketplace's text reaches the browser as a text node or an attribute. Where there are
hundreds that are only shown, `markup` has the same as HTML in which every text is escaped.
"""

from collections.abc import Mapping
from typing import Literal, Self
from urllib.parse import quote

from nicegui.elements.mixins.text_element import TextElement

from dropship_pipeline.storage.links import web_link

Tone = Literal["neutral", "good", "warn", "bad", "busy"]
ButtonKind = Literal["primary", "plain", "danger"]


def attribute(name: str, value: str | float | bool | None) -> tuple[str, str | float | None]:
    """An attribute as HTML has it: its name, and its value; None where it is left out."""
    return name.rstrip("_").replace("_", "-"), None if value is False else "" if value is True else value


class Tag(TextElement):
    """An HTML element with a text. Use it as a context manager to put others into it.

    Args:
        text: shown as it is, never read as HTML.
        classes: for the style sheet.
        attributes: HTML attributes; `aria_label` becomes `aria-label`, `for_` becomes `for`; None leaves one out.
    """

    def __init__(self, tag: str, text: str = "", classes: str = "", **attributes: str | float | bool | None) -> None:
        super().__init__(tag=tag, text=text)
        if classes:
            self.classes(classes)
        for name, value in attributes.items():
            self.put(name, value)

    def put(self, name: str, value: str | float | bool | None) -> Self:
        """Set an attribute; None removes it."""
        key, wanted = attribute(name, value)
        if self._props.get(key) == wanted:
            return self
        if wanted is None:
            del self._props[key]
        else:
            self._props[key] = wanted
        self.update()
        return self

    def say(self, text: str) -> Self:
        """Replace the text; it is sent to the browser only if it differs."""
        if self.text != text:
            self.text = text
        return self


def outside_link(text: str, url: str | None, classes: str = "") -> Tag:
    """A link to a marketplace in a tab of its own; only text where the address cannot be trusted."""
    address = web_link(url)
    if address is None:
        return Tag("span", text, classes)
    return Tag("a", text, f"link {classes}", href=address, target="_blank", rel="noopener noreferrer")


def seller_page(ebay_tld: str, name: str) -> str:
    """The address of a seller's own page on eBay."""
    return f"https://www.ebay.{ebay_tld}/usr/{quote(name, safe='')}"


def button(text: str, kind: ButtonKind = "plain", **attributes: str | bool | None) -> Tag:
    """A button; `type` is `button` unless said otherwise."""
    return Tag("button", text, f"button {kind}", **{"type": "button", **attributes})


def badge(text: str, tone: Tone = "neutral") -> Tag:
    """A word on a tinted background."""
    return Tag("span", text, f"badge {tone}")


def facts(pairs: Mapping[str, str], classes: str = "facts") -> dict[str, Tag]:
    """Terms and their values as a description list; returns the values' elements."""
    values = {}
    with Tag("dl", "", classes):
        for term, value in pairs.items():
            with Tag("div"):
                Tag("dt", term)
                values[term] = Tag("dd", value)
    return values


def notice(text: str, tone: Tone = "neutral", *, role: str | None = "status") -> Tag:
    """A sentence on a tinted ground."""
    return Tag("p", text, f"notice {tone}", role=role)


def empty(title: str, advice: str) -> Tag:
    """A notice in place of an empty list: what is missing, and what to do."""
    with Tag("div", "", "empty") as box:
        Tag("p", title, "empty-title")
        Tag("p", advice, "muted")
    return box
