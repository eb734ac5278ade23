"""Markup of what is only shown: whatever a marketplace writes stays text, in elements and in attributes."""

from html.parser import HTMLParser

import pytest

from dropship_pipeline.admin.pages.ui.markup import (
    Column,
    Markup,
    badge,
    outside_link,
    picture,
    table_cell,
    tag,
    together,
)

SCRIPT = "\"'><script>window.hit = 1</script><img src=x onerror='window.hit = 1'>&lt;b&gt;"


class _Read(HTMLParser):
    """What a browser makes of markup: the names of its tags, its attributes, and its text."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: dict[str, str | None] = {}
        self.text = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize(
    ("drawn", "tags", "text"),
    [
        (tag("p", SCRIPT, title=SCRIPT), ["p"], SCRIPT),
        (tag("p", tag("b", SCRIPT), SCRIPT, None), ["p", "b"], SCRIPT * 2),
        (badge(SCRIPT), ["span"], SCRIPT),
        (together(tag("b", SCRIPT), None, badge(SCRIPT)), ["b", "span"], SCRIPT * 2),
        (table_cell(Column(SCRIPT), SCRIPT), ["td"], SCRIPT),
        (table_cell(Column(SCRIPT, "words"), SCRIPT), ["td", "span"], SCRIPT),
        (table_cell(Column("Seller", "words"), tag("b", SCRIPT)), ["td", "span", "b"], SCRIPT),
        (outside_link(SCRIPT, f"https://shop.example/{SCRIPT.replace(' ', '')}"), ["a"], SCRIPT),
        (outside_link(SCRIPT, "javascript:hit()"), ["span"], SCRIPT),
        (picture(None, SCRIPT), ["span", "span"], "No image"),
        (picture(SCRIPT, SCRIPT), ["img"], ""),
    ],
)
def test_no_text_of_a_marketplace_becomes_an_element_or_an_attribute(drawn: Markup, tags: list[str], text: str) -> None:
    read = _Read(drawn)
    assert (read.tags, read.text) == (tags, text)
    assert "onerror" not in read.attributes
    assert all(read.attributes[name] == SCRIPT for name in ("title", "alt") if name in read.attributes)


def test_markup_that_was_cut_or_joined_is_text_again() -> None:
    whole = badge("New")
    for made in (whole[:-1], whole + "<i>"):
        assert "&lt;span" in tag("p", made)


def test_an_attribute_is_left_out_where_it_is_none_or_false_and_empty_where_it_is_true() -> None:
    assert tag("input", class_="box", data_of=None, checked=True, disabled=False) == '<input class="box" checked="">'
