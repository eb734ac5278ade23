"""Turns the title of an Amazon product into search terms for eBay. Pure text."""

import re
import textwrap
import unicodedata

from dropship_pipeline.marketplaces.fields import clean_text

# eBay cuts longer search terms off itself, in the middle of a word.
LONGEST_TERMS = 100
# A shorter head is often just the brand ("Acme, the …"), which would find everything it makes.
_SHORTEST_HEAD = 40
_WORDS_WITHOUT_MODEL = 4

_TRADE_MARKS = re.compile("[®™©℠]")
_ASIDE = re.compile(r"[(\[{【][^()\[\]{}【】]*[)\]}】]")
_PRAISE = re.compile(
    r"\b(?:(?:perfect|great|ideal|best|a) (?:gifts?|present|choice) (?:for|idea)|(?:perfect|great|ideal) for"
    r"|amazon exclusive|packaging may vary|as seen on)\b.*",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"[,;|•·、]| [-–—:~] |: ")
# Signs that eBay reads as a phrase, alternatives or a wildcard, wherever they stand, and those that no seller types.
_OPERATORS = re.compile(r'["“”„«»()\[\]{}<>*,;|\\•·、【】]')
# At the start of a word, eBay reads a minus as "without" and `+` and `@` as "with"; of the others none is missed.
_LEADING_SIGNS = re.compile(r"(?<!\S)[^\w\s.#$]+")
_DANGLING = re.compile(r"(?: (?:with|for|and|or|of|the|an?|in|to|by|from|&|/|\+|-))+$", re.IGNORECASE)
# Letters first, then a digit; figures with a unit (`32oz`) and properties (`SPF50`) name no model.
_MODEL = re.compile(r"(?!(?:spf|upf|ipx?|usb|hdmi)-?[0-9])(?=.{4})[a-z][a-z0-9./-]*[0-9][a-z0-9./-]*", re.IGNORECASE)


def search_terms(title: str) -> str:
    """Return the search terms for a product.

    The whole title if it fits. Otherwise brackets and the praise at its end are removed first, then what follows
    the last comma, bar or dash, then the last words.

    Args:
        title: the product's title, not blank.

    Returns:
        1 to 100 characters without the signs that eBay reads as operators. (A title of nothing but such signs is
        returned as it is: there is nothing else to search for.)
    """
    whole = _plain(title)
    without_extras = _PRAISE.sub(" ", _ASIDE.sub(" ", whole))
    for candidate in (whole, without_extras):
        terms = _without_operators(candidate)
        if 0 < len(terms) <= LONGEST_TERMS:
            return terms
    return _head(without_extras) or _head(whole) or whole[:LONGEST_TERMS]


def shorter_terms(title: str, brand: str | None = None) -> str | None:
    """Return search terms for a second try, where all words of the title find nothing: brand and model.

    Args:
        title: the product's title.
        brand: its brand; None takes the first word of the title, where Amazon has it.

    Returns:
        The brand and the first word that looks like a model (`WH-1000XM4`), else the brand and the words that follow
        it; None where that is a single word or not shorter than `search_terms(title)`.
    """
    words = _without_operators(search_terms(title)).split()
    head = _without_operators(_plain(brand or "")).split() or words[:1]
    known = {word.casefold() for word in head}
    model = [word for word in _without_operators(_plain(title)).split() if _MODEL.fullmatch(word)][:1]
    chosen = head + (model or [word for word in words if word.casefold() not in known][: _WORDS_WITHOUT_MODEL - 1])
    terms = " ".join(dict.fromkeys(chosen))
    return terms if 1 < len(chosen) < len(words) and len(terms) <= LONGEST_TERMS else None


def _head(text: str) -> str:
    """Return as much of the beginning as fits, up to a separator if that leaves enough, else up to a word."""
    head = ""
    for part in map(_without_operators, _SEPARATOR.split(text)):
        longer = f"{head} {part}".strip()
        if len(longer) > LONGEST_TERMS:
            break
        head = longer
    if len(head) < _SHORTEST_HEAD:
        head = next(iter(textwrap.wrap(_without_operators(text), LONGEST_TERMS, break_on_hyphens=False)), "")
    return _DANGLING.sub("", head)


def _plain(text: str) -> str:
    """Return text on one line, fullwidth and other compatible signs as the plain ones that they stand for."""
    return clean_text(unicodedata.normalize("NFKC", _TRADE_MARKS.sub(" ", text)))


def _without_operators(text: str) -> str:
    return " ".join(_LEADING_SIGNS.sub("", _OPERATORS.sub(" ", text)).split())
