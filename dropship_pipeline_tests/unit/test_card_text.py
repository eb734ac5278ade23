"""The part of a raw answer that is about one listing: all of it, and nothing of its neighbours."""

import json
from collections.abc import Callable

import pytest

from dropship_pipeline.marketplaces.card_text import listing_part

LIST = "<html><body><h1>3 results</h1><ul class='srp-results'>{}</ul><footer>end</footer></body></html>"


def part_of(text: str, item_id: str) -> str | None:
    place = listing_part(text, item_id)
    return None if place is None else text[place.start : place.end]


def until_2025(number: int, words: str) -> str:
    return (
        f'<li class="s-item s-item__pl-on-bottom" id=x><div class="s-item__wrapper"><a href="https://ebay.co.uk/itm/'
        f'{number}?hash=1"><img alt="{words}"></a><ul><li>bought before</li></ul>'
        f'<a href="/itm/{number}">{words}</a></div></li>'
    )


def since_2025(number: int, words: str) -> str:
    return (
        f"<li id=\"item1\" data-viewport='{{}}' data-listingid={number} class='s-card s-card--horizontal'><div>"
        f"<a class=s-card__link href=https://www.ebay.de/itm/123456?itmmeta=1>{words}</a></div></li>"
    )


def since_2026(number: int, words: str) -> str:
    return (
        f'<li class="su-grid__item"><div class="su-item-card s-item-card--search-evo"><div class="su-item-card__title">'
        f'<a href="https://www.ebay.com/itm/{words.replace(" ", "-")}/{number}">{words}</a></div></div></li>'
    )


@pytest.mark.parametrize("card", [until_2025, since_2025, since_2026])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_part_is_the_whole_card_whatever_generation_and_place(card: object, place: int) -> None:
    cards = [card(900_000_000_001 + number, f"Lamp {number}") for number in range(3)]  # type: ignore[operator]
    page = LIST.format("<li class=notice>Results for fewer words</li>\n".join(cards))
    assert part_of(page, str(900_000_000_001 + place)) == cards[place]


def test_generations_that_are_mixed_in_one_list_keep_to_themselves() -> None:
    cards = [until_2025(900_000_000_001, "a"), since_2026(900_000_000_002, "b"), since_2025(900_000_000_003, "c")]
    for number, card in enumerate(cards, start=900_000_000_001):
        assert part_of(LIST.format("".join(cards)), str(number)) == card


def test_a_card_that_is_never_closed_ends_before_the_next_one() -> None:
    cards = [f"<li class=s-item><a href='/itm/{900_000_000_001 + number}'>Lamp {number}</a>" for number in range(2)]
    assert part_of(LIST.format("".join(cards)), "900000000001") == cards[0]


@pytest.mark.parametrize("page", ["", "<html>", "plain words", "{", "[]", '{"results": [{"product_url": null}]}'])
def test_a_listing_that_is_not_named_has_no_part(page: str) -> None:
    assert listing_part(page, "900000000001") is None


def test_a_longer_number_is_another_listing() -> None:
    assert listing_part(LIST.format(until_2025(9_000_000_000_012, "x")), "900000000001") is None


@pytest.mark.parametrize("escaped", [False, True])
def test_in_json_the_part_is_the_row_with_all_that_it_holds(escaped: bool) -> None:
    rows = [
        {"product_title": f'Lamp "{number}" {{', "product_url": f"https://ebay.com/itm/{900_000_000_001 + number}?x",
         "seller": {"name": "a}"}}
        for number in range(3)
    ]  # fmt: skip
    text = json.dumps({"results": rows, "next_pages": []}, indent=1)
    text = text.replace("/", "\\/") if escaped else text
    part = part_of(text, "900000000002")
    assert part is not None
    assert json.loads(part) == rows[1]


def test_a_page_that_names_it_without_any_card_marks_the_tag() -> None:
    page = "<html><p>words</p><a href='https://www.ebay.com/itm/900000000001'>Lamp</a><p>more</p></html>"
    assert part_of(page, "900000000001") == "<a href='https://www.ebay.com/itm/900000000001'>"


HOSTILE: dict[str, Callable[[str], str]] = {
    "tags that never end": lambda item: "<li " * 700_000 + f'<a href="/itm/{item}">' + "<li " * 50_000,
    "classes that never end": lambda item: "<li class=" * 300_000 + f'<a href="/itm/{item}">',
    "cards within cards": lambda item: "<li class=s-item>" * 150_000 + f'<a href="/itm/{item}">' + "</li" * 150_000,
    "one attribute of megabytes": lambda item: f"<li class=s-item x='{'a ' * 1_500_000}'><a href=/itm/{item}>",
    "a string that never ends": lambda item: f'{{"url": "/itm/{item}", "x": "' + '\\"' * 1_500_000,
    "objects within objects": lambda item: '{"a":' * 500_000 + f'"{item}"',
    "quotes": lambda item: '{"' * 1_000_000 + item,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_page_of_megabytes_that_is_made_to_be_slow_is_looked_through_all_the_same(kind: str) -> None:
    """Where one of these is quadratic, this test does not end for hours."""
    text = HOSTILE[kind]("900000000001")
    place = listing_part(text, "900000000001")
    assert place is None or 0 <= place.start < place.end <= len(text)
