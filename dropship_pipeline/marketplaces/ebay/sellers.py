"""How eBay writes who sells, and the seller's feedback -> `Seller`. The same on its page and in JSON rows."""

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from dropship_pipeline.marketplaces.fields import clean_text, number_within, whole_number
from dropship_pipeline.marketplaces.money import normalised
from dropship_pipeline.models import Seller

# What is longer is no count and no percentage, and is not to be kept.
_LONGEST_FIGURE = 60
_GROUPED_COUNT = re.compile(r"[0-9]{1,3}(?:[,. ][0-9]{3})+")
_COUNT_UNITS = {
    "k": 1_000, "mil": 1_000, "tsd": 1_000, "tys": 1_000, "mila": 1_000, "千": 1_000, "천": 1_000,
    "万": 10_000, "萬": 10_000, "만": 10_000, "m": 1_000_000, "mio": 1_000_000, "mln": 1_000_000,
}  # fmt: skip
_SHORT_COUNT = re.compile(rf"([0-9]{{1,4}}(?:[.,][0-9]{{1,2}})?) ?({'|'.join(_COUNT_UNITS)})\.?", re.IGNORECASE)
_PERCENT = re.compile(r"([0-9]{1,3}(?:[.,][0-9]{1,2})?) ?%?(?: [^0-9%()]{1,40})?")
_PRAISE = r"(?:positive feedback|positiv\w*|feedback|好评率?|好評率?|好評価|評価|긍정(?:적|률)?(?:인)?(?: ?평가)?)"
_SHARE = r"(?P<percent>[0-9]{1,3}(?:[.,][0-9]{1,2})?) ?%"
_COUNT = rf"\((?P<count>[0-9][0-9., ]*(?:{'|'.join(_COUNT_UNITS)})?\.?)\)"
# `name 99.3% positive (154.8K)` in the newer markups, `name (1,234) 99.5%` in the older.
_PERCENT_FIRST = re.compile(rf"(?P<name>\S.*?) (?:{_PRAISE}[ :]*)?{_SHARE}[^()%]{{0,40}}{_COUNT}", re.IGNORECASE)
_COUNT_FIRST = re.compile(rf"(?P<name>\S.*?) ?{_COUNT} ?(?:{_PRAISE}[ :]*)?{_SHARE}", re.IGNORECASE)


def seller_in(lines: Iterable[str]) -> Seller | None:
    """Return the seller that the first line about one names, with the feedback; None if no line does."""
    for line in lines:
        if "%" in line or "\uff05" in line or "\ufe6a" in line:
            plain = normalised(line)
            if match := _PERCENT_FIRST.match(plain) or _COUNT_FIRST.match(plain):
                return seller(match["name"], match["percent"], match["count"])
    return None


def feedback_count(value: object) -> int | None:
    """Read how many ratings: 88, `1,204`, `4.2K`, `1,6 M`, `1.2万`; anything else is None."""
    return _count_in(clean_text(value)[:_LONGEST_FIGURE]) if isinstance(value, str) else whole_number(value)


def feedback_percent(value: object) -> float | None:
    """Read the share of positive ratings, 0-100: 99.1, `97.4`, `99.4%`, `99,4% positiv`; anything else is None."""
    return _percent_in(clean_text(value)[:_LONGEST_FIGURE]) if isinstance(value, str) else number_within(value, 100)


# Many sellers have the same figures, and most sellers have more than one listing.
@lru_cache(maxsize=4096)
def _count_in(text: str) -> int | None:
    if match := _SHORT_COUNT.fullmatch(text):
        return whole_number(Decimal(match[1].replace(",", ".")) * _COUNT_UNITS[match[2].lower()])
    return whole_number(re.sub(r"[,. ]", "", text) if _GROUPED_COUNT.fullmatch(text) else text)


@lru_cache(maxsize=1024)
def _percent_in(text: str) -> float | None:
    match = _PERCENT.fullmatch(text)
    return number_within(Decimal(match[1].replace(",", ".")), 100) if match else None


def seller(name: object, percent: object, count: object) -> Seller | None:
    """Build a seller, or None if the row names nobody."""
    known_name = clean_text(name)
    return Seller(known_name, feedback_percent(percent), feedback_count(count)) if known_name else None
