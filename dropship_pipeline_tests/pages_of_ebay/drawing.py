"""Draws a search page's description from a number: the same number, the same page."""

from itertools import product
from random import Random

from dropship_pipeline_tests.pages_of_ebay.description import (
    GENERATIONS,
    Filler,
    Generation,
    Meaning,
    Notice,
    Page,
    Piece,
    Place,
    Row,
    Suggestions,
    View,
    matches,
)
from dropship_pipeline_tests.pages_of_ebay.further import CHINESE, JAPANESE, KOREAN, POLISH
from dropship_pipeline_tests.pages_of_ebay.germanic import DUTCH, ENGLISH, GERMAN
from dropship_pipeline_tests.pages_of_ebay.languages import Language
from dropship_pipeline_tests.pages_of_ebay.romance import FRENCH, ITALIAN, PORTUGUESE, SPANISH
from dropship_pipeline_tests.pages_of_ebay.rows import RowDrawer
from dropship_pipeline_tests.pages_of_ebay.writing import grouped

LANGUAGES = {
    language.code: language
    for language in (
        ENGLISH, GERMAN, FRENCH, ITALIAN, SPANISH, DUTCH, POLISH, PORTUGUESE, JAPANESE, KOREAN, CHINESE,
    )
}  # fmt: skip
PLACES: tuple[Place | None, ...] = ("above", "between", "below", None)
VIEWS: tuple[View, ...] = ("list", "grid")
MIXTURES: tuple[Generation | None, ...] = (*GENERATIONS, None)
# Every combination once, before any comes again. The languages turn fastest, so that a short walk meets them all.
COMBINATIONS = list(product(MIXTURES, VIEWS, (False, True), PLACES, LANGUAGES))

# What a notice may mean where it stands. "Nothing matches" is said before the rows, not among them.
MEANINGS: dict[Place, tuple[Meaning, ...]] = {
    "above": ("correction", "streamlined", "unknown", "no exact match", "fewer words", "correction", "unknown"),
    "between": ("fewer words", "fewer words", "correction", "streamlined", "unknown"),
    "below": ("correction", "streamlined", "unknown", "fewer words"),
}


def draw_page(number: int) -> Page:
    """The page with this number; the numbers from 0 on walk through all combinations, again and again."""
    generation, view, placeholder_links, place, code = COMBINATIONS[number % len(COMBINATIONS)]
    return _Drawer(number, LANGUAGES[code], view, generation, placeholder_links).page(place)


def page_of(number: int, pieces: tuple[Piece, ...]) -> Page:
    """The page with this number, with other contents."""
    generation, view, placeholder_links, _, code = COMBINATIONS[number % len(COMBINATIONS)]
    return _Drawer(number, LANGUAGES[code], view, generation, placeholder_links).page_with(pieces)


class _Drawer:
    def __init__(
        self, number: int, language: Language, view: View, generation: Generation | None, placeholder_links: bool
    ) -> None:
        self.random = Random(f"ebay page {number}")
        self.number = number
        self.language = language
        self.view = view
        self.generation = generation
        self.placeholder_links = placeholder_links
        self.notation = self.random.choice(language.notations)
        self.rows = self.row_drawer(language)
        # Some rows stay in the site's English, whatever the reader speaks.
        self.english_rows = self.row_drawer(ENGLISH)

    def row_drawer(self, language: Language) -> RowDrawer:
        return RowDrawer(
            self.random,
            language,
            self.notation,
            boasts=(*self.language.boasts, *(boast for other in LANGUAGES.values() for boast in other.boasts)),
            sellers_named=self.view == "list",
            only_ids=self.placeholder_links,
        )

    def page(self, place: Place | None) -> Page:
        pieces: list[Piece] = [self.row() for _ in range(self.random.randint(2, 9))]
        if self.random.random() < 0.05:
            pieces.append(pieces[0])
        if self.random.random() < 0.3:
            pieces.insert(self.random.randrange(len(pieces) + 1), self.suggestions())
        if self.random.random() < 0.3:
            pieces.insert(0, self.filler())
        if place is not None:
            self.put_notice(pieces, place)
        return self.page_with(tuple(pieces))

    def page_with(self, pieces: tuple[Piece, ...]) -> Page:
        found = len(matches(pieces))
        counts = (found, 60, 1200, 140_000) if found else (0, 60) if pieces else (0,)
        return Page(
            number=self.number,
            language=self.language.code,
            tld=self.notation.tld,
            view=self.view,
            generation=self.generation,
            placeholder_links=self.placeholder_links,
            heading=self.heading(self.random.choice(counts)),
            clipped=self.language.clipped,
            pieces=pieces,
            templates=self.random.random() < 0.3,
            recent=tuple(self.row() for _ in range(3)) if self.random.random() < 0.15 else (),
            another_page=self.random.random() < 0.5,
        )

    def row(self) -> Row:
        rows = self.english_rows if self.random.random() < 0.1 else self.rows
        return rows.row(self.a_generation())

    def a_generation(self) -> Generation:
        return self.random.choice(GENERATIONS) if self.generation is None else self.generation

    def put_notice(self, pieces: list[Piece], place: Place) -> None:
        notice = self.notice(self.random.choice(MEANINGS[place]), place)
        if place == "above":
            pieces.insert(0, notice)
        elif place == "between":
            pieces.insert(self.random.randint(1, len(pieces) - 1), notice)
        else:
            pieces.append(notice)

    def notice(self, meaning: Meaning, place: Place) -> Notice:
        wordings = {
            "correction": self.language.correction,
            "streamlined": self.language.streamlined,
            "unknown": self.language.unknown,
            "fewer words": self.language.fewer_words,
            "no exact match": self.language.no_exact_match,
        }
        words = self.random.choice(wordings[meaning]).format(words=self.keywords())
        return Notice(meaning, words, place, outside=self.random.random() < 0.5)

    def filler(self) -> Filler:
        return Filler(
            self.a_generation(),
            self.language.filler,
            self.random.choice(("123456", "2500219655424533", None)),
            self.random.choice((self.notation.amount(2000).text, None)),
        )

    def suggestions(self) -> Suggestions:
        return Suggestions(tuple(self.random.sample(self.language.nouns, 3)))

    def heading(self, count: int) -> str:
        written = grouped(count, self.language.thousands) + ("+" if count > 1000 else "")
        return self.language.heading.format(count=written, words=self.keywords())

    def keywords(self) -> str:
        return self.random.choice(self.language.nouns).lower()
