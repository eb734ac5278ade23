"""Rewrites notations that would be torn apart when a title is cut into atoms: `5' 6"`, `W34 L32`, `5W-30`, `w/o`."""

import re
from collections.abc import Callable

from dropship_pipeline.matching.titles.folding import fold

_FEET_INCHES = re.compile(r"(\d{1,3})\s?'\s?(\d{1,2}(?:\.\d+)?)\s?(?:\"|'')")
_FITMENT = re.compile(r"\(\s*(?:for|fur|fuer|pour|per|para|voor|dla)\s*:\s*([^()]*)\)?\s*$")
_BARE_FRACTION = re.compile(r"(?<![\w.,])\.(?=\d)")  # `.7oz`
_NEW = re.compile(r"\bnew-(?=\w)")  # `NEW-C9202KH`: praise, not a part of the number
# `34W x 32L`, `W36 L32`: waist and length of trousers in inches; a height after them makes it a box.
_WAIST = re.compile(
    r"\b(?:w\s?([2-5]\d)\s?[x/-]?\s?l\s?([23]\d)|([2-5]\d)\s?w\s?[x/-]?\s?([23]\d)\s?l)\b(?!\s?x?\s?\d)"
)
_GIRTH = re.compile(r"\b(\d\d)(?:\s?(?:\"|''|in|inch|inches))?(?=\s(?:waist|chest|bust)\b)")
# `ages 3+`, `4 yrs+`: and older, nothing that is added; `iPhone 8+` is a model.
_AND_UP = re.compile(r"(?<!iphone )\b(\d{1,2}\s?(?:y|yrs?|years?|mo|months?)?)\+(?=[\s,;)]|$)")
_YEARS_UP = re.compile(r"\b((?:19|20)\d\d)\+(?=[\s,;)]|$)")  # of fitment
# `Women 50+` is another vitamin than `Women`. SPF 50+ is no age.
_WHO = (
    r"((?:wo)?m[ae]n|(?:wo)?men'?s|adults?|ladies|frauen|manner|erwachsene|femmes?|hommes?|adultes?|donn[ae]|uomo|uomini"
    r"|adulti|mujer(?:es)?|hombres?|adultos?|vrouwen|mannen|volwassenen|kobiet[ay]?|mezczyzn[ay]?)"
)
_OF_AGE = re.compile(
    rf"\b{_WHO} (?:(?:over|ab|plus de|mas de|oltre i|boven|od) ([4-7]0)\b\+?|([4-7]0) ?(?:\+|plus\b))"
    rf"|(?<!spf )(?<!lsf )(?<!fps )\b([4-7]0) ?(?:\+|plus) {_WHO}\b"
)
_VISCOSITY = re.compile(r"\b(\d?[05]w)-?(\d\d)\b")  # of oil: `5W-30`
# `3 in 1` names as many things in one, three inches of nothing.
_ALL_IN_ONE = re.compile(r"(?<![\d.,])(\d{1,2}) in (?:1|one)\b(?!\s?(?:[tgm]b|ms|packs?|pk|pcs?|pieces?|x)\b|[./,]\d)")
_LONG_SLEEVE = re.compile(r"\bl\s?/\s?s\b")
_PACKS_OF = re.compile(r"(?<![(\d])\b(\d{1,3}) (?:cards|cartons|sleeves|strips|sachets|pouches|tins|trays) of (?=\d)")
_IN_ALL = re.compile(r"(\d) in (?:total|all)\b")  # no inches
_SET_OF = re.compile(r"\bs/(\d{1,2})\b")
_SLASHED = re.compile(r"\bw\s?/\s?(o\b)?")
# `kg 6,8`, `cm 122x183`, `lt 5`: in Italy and Spain the unit may stand before its number. In capitals it is a model
# (`KG 36`), `gr 40` is a size, `gr 2020` the year of a car, `mt 40` a Dutch size.
_BEFORE, _BEHIND = r"(?<![^\s(,])(?<!\d )", r"(?![\w/+.,-]*\w)(?! ?x ?\d)"
_MB_A_SECOND = re.compile(r"(?<=MB)/s\b")

# Of what a title with such a notation has one in it, the notation, and what is read instead; in this order.
_Notations = tuple[tuple[tuple[str, ...], re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]
# Where capitals tell them from others.
_AS_WRITTEN: _Notations = (
    (("MB/s",), _MB_A_SECOND, "s"),
    *(
        (marks, re.compile(rf"{_BEFORE}(?:{'|'.join(map(re.escape, marks))})({numbers}){_BEHIND}"), rf"\1 {unit}")
        for marks, unit, numbers in (
            (("kg ", "Kg "), "kg", r"\d{1,3}(?:[.,]\d+)?"),
            (("lt ", "Lt "), "l", r"\d{1,2}(?:[.,]\d+)?"),
            (("gr ",), "g", r"[2-9]\d\d|1[0-8]\d\d"),
            (("cm ", "Cm ", "cm. "), "cm", r"\d{2,3}(?: ?x ?\d{1,3}){0,2}"),
            (("mt ", "Mt "), "m", r"\d{1,2}(?:[.,]\d+)?(?: ?x ?\d{1,2}(?:[.,]\d+)?){1,2}"),
        )
    ),
)
_FOLDED: _Notations = (
    (("new-",), _NEW, ""),
    (("/",), _SLASHED, lambda found: " without " if found.group(1) else " with "),
    (("/",), _LONG_SLEEVE, "long sleeve"),
    ((" of ",), _PACKS_OF, r"\1 packs of "),
    (("s/",), _SET_OF, r"set of \1"),
    ((" in ",), _IN_ALL, r"\1 total"),
    ((" in ",), _ALL_IN_ONE, r"\1in1"),
    ((".",), _BARE_FRACTION, "0."),
    (("'",), _FEET_INCHES, lambda found: f"{int(found.group(1)) * 12 + float(found.group(2)):g} in"),
    ((" waist", " chest", " bust"), _GIRTH, r"size \1"),
    (
        ("40", "50", "60", "70"),
        _OF_AGE,
        lambda found: f"{found[1] or found[5]} {found[2] or found[3] or found[4]}plus",
    ),
    (("+",), _YEARS_UP, r"\1"),
    (("+",), _AND_UP, r"\1"),
    (("0w", "5w"), _VISCOSITY, r"visc\1\2"),
    (("w",), _WAIST, lambda found: "{}inseam{}".format(*filter(None, found.groups()))),
)


def plain(title: str) -> tuple[str, str]:
    """The folded text of a title, and what eBay's suffix `(For: ...)` names, empty where there is none."""
    text = _rewritten(fold(_rewritten(title, _AS_WRITTEN)), _FOLDED)
    fitment = _FITMENT.search(text)
    return (text, "") if fitment is None else (text[: fitment.start()], fitment.group(1))


def _rewritten(text: str, notations: _Notations) -> str:
    for marks, written, instead in notations:
        for mark in marks:
            if mark in text:  # most titles have few of these marks, and to look for one is quick
                text = written.sub(instead, text)
                break
    return text
