"""How likely is it that a seller sells what Amazon ships? A sum of points, each part with its reason.

Pure: no network, no SQL, no clock. It is a lead for a person, not a finding: the parts are what can be seen from
outside, and each of them has honest explanations. docs/scorecard.md explains the weights.
"""

from collections.abc import Callable
from typing import NamedTuple

from dropship_pipeline.storage.review.values import Part, SellerFacts

# Of the sum: raised with every change of a part, so that scorecards of different sums are told apart.
VERSION = 2

# Shares of Amazon's price between which somebody who buys there would sell: all points between the inner two, none
# beyond the outer two. Below lies who buys elsewhere or sells off, above who makes or imports.
MARGIN_NONE_BELOW, MARGIN_ALL_FROM, MARGIN_ALL_TO, MARGIN_NONE_ABOVE = -0.12, -0.02, 0.25, 0.60
FULL_PRODUCTS, FULL_CATEGORIES, FULL_PRICES = 9, 5, 5
# A seller's few pictures are taken together with so many usual ones; all points where the share is so far above.
USUAL_PHOTOS, FULL_PHOTO_LEAD = 4, 0.6

Looked = tuple[float, str]


class _Rule(NamedTuple):
    """A part of the sum: at most how many points, and which share of them a seller gets for what reason."""

    name: str
    most: int
    look: Callable[[SellerFacts], Looked]


def likelihood_parts(facts: SellerFacts) -> tuple[Part, ...]:
    """The parts of a seller's likelihood, largest first: their points add up to 0 to 100.

    Without an accepted match there is nothing to judge, and no part.
    """
    if facts.products == 0:
        return ()
    return tuple(sorted((_part(rule, facts) for rule in _RULES), key=lambda part: -part.points))


def _part(rule: _Rule, facts: SellerFacts) -> Part:
    share, reason = rule.look(facts)
    points = round(rule.most * max(0.0, min(1.0, share)))
    return Part(name=rule.name, points=points, most=rule.most, reason=reason)


def _products(facts: SellerFacts) -> Looked:
    return (facts.products - 1) / (FULL_PRODUCTS - 1), f"{_counted(facts.products, 'best seller')} sold"


def _categories(facts: SellerFacts) -> Looked:
    reason = f"in {_counted(facts.categories, 'category', 'categories')}"
    return (facts.categories - 1) / (FULL_CATEGORIES - 1), reason


def _margin(facts: SellerFacts) -> Looked:
    margin = facts.median_margin
    if margin is None:
        return 0, "no price to compare"
    rising = (margin - MARGIN_NONE_BELOW) / (MARGIN_ALL_FROM - MARGIN_NONE_BELOW)
    falling = (MARGIN_NONE_ABOVE - margin) / (MARGIN_NONE_ABOVE - MARGIN_ALL_TO)
    return min(rising, falling), f"{margin:+.0%} left after fees at Amazon's price"


def _photos(facts: SellerFacts) -> Looked:
    usual = facts.usual_photo_share
    if usual is None or not facts.photos_compared:
        return 0, "no photo compared with Amazon's"
    share = (facts.amazon_photos + USUAL_PHOTOS * usual) / (facts.photos_compared + USUAL_PHOTOS)
    listings = _counted(facts.photos_compared, "accepted listing")
    reason = f"{facts.amazon_photos} of {listings} with Amazon's photo; {usual:.0%} is usual here"
    return (share - usual) / FULL_PHOTO_LEAD, reason


def _seen(facts: SellerFacts) -> Looked:
    share = facts.seen_in / facts.of_runs if facts.of_runs > 1 else 0
    return share, f"seen in {facts.seen_in} of the last {_counted(facts.of_runs, 'search', 'searches')}"


def _prices(facts: SellerFacts) -> Looked:
    return facts.prices_moved / FULL_PRICES, f"{_counted(facts.prices_moved, 'price')} moved between searches"


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


_RULES = (
    _Rule("products", 40, _products),
    _Rule("categories", 15, _categories),
    _Rule("margin", 20, _margin),
    _Rule("photos", 10, _photos),
    _Rule("seen", 10, _seen),
    _Rule("prices", 5, _prices),
)
