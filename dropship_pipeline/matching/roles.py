"""Compares what is sold: the thing, something for it, a part of it, an empty box, more than it, or a used one."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from dropship_pipeline.matching.additions import unknown_parts
from dropship_pipeline.matching.rarity import UNSEEN
from dropship_pipeline.matching.titles.folding import stem
from dropship_pipeline.matching.titles.lexicon import head_of, kinds_of, means
from dropship_pipeline.matching.values import PLAIN_ROLE, Role, TitleFacts
from dropship_pipeline.models import Effect, Signal

_TARGET_SHARE = 0.3
_HEAD_SHARE = 0.2
_LEAST_LETTERS = 4
_WORDS_OF_A_NAME = 4
_MANY_PIECES = 25
_POWERED = "battery"
_ALIKE = {"case": "cover", "cover": "case"}  # of a phone


@dataclass(slots=True)
class RolesFound:
    """What was found: signals for people, and how strongly it speaks against one thing (0, 1 bars, 2 refutes)."""

    signals: list[Signal] = field(default_factory=list)
    clash: float = 0.0

    def take(self, name: str, effect: Effect, sentence: str) -> None:
        """Take one finding."""
        self.signals.append(Signal(name, effect, sentence))
        self.clash = max(self.clash, 2.0 if effect == "refutes" else 1.0 if effect == "bars" else 0.0)


def compare_roles(product: TitleFacts, listing: TitleFacts) -> RolesFound:
    """Compare what a product's title and a listing's title sell."""
    found = RolesFound()
    for one, other, whose in ((product, listing, "product"), (listing, product, "listing")):
        if one.role is PLAIN_ROLE:
            continue  # as most titles: it says nothing that could differ
        _state(found, one.role, other.role, whose)
        _for_it(found, one, other, whose)
        _more_than_it(found, one, other, whose)
    _other_kinds(found, product, listing)
    return found


def _state(found: RolesFound, one: Role, other: Role, whose: str) -> None:
    if one.empty_box and not other.empty_box:
        found.take("empty_box", "refutes", f"The {whose} is only a box or papers.")
    if one.for_parts and not other.for_parts:
        found.take("for_parts", "refutes", f"The {whose} is broken or sold for parts.")
    if one.refurbished and not other.refurbished:
        found.take("refurbished", "bars", f"The {whose} is refurbished.")
    if one.no_brand and not other.no_brand:
        found.take("brand", "bars", f"The {whose} says that it is of no maker or of another one.")
    if one.used and not other.used and not one.refurbished:
        found.take("used", "bars", f"The {whose} is used or opened.")
    only = one.only - other.only
    if only and not only <= other.heads:
        effect: Effect = "refutes" if only & one.accessories.keys() else "bars"
        found.take("only", effect, f"The {whose} is only this: {_listed(only)}.")


def _for_it(found: RolesFound, one: TitleFacts, other: TitleFacts, whose: str) -> None:
    role, their = one.role, other.role
    if not (role.accessories or role.target or role.fitment or role.replacement):
        return  # as most titles: nothing in it is for something
    mine = {name for name in _alone(role, their) if not _is_the_thing(name, one, other)}
    sold = role.heads if role.target and role.heads else role.accessories.keys()
    sold_alike = not their.accessories.keys().isdisjoint(sold)
    if not sold_alike and not their.target and _targets(role, other):
        what = _spoken(role, role.accessories) or "something"
        found.take("accessory", "refutes", f"The {whose} is {what} for it, not the thing itself.")
        return
    if whose == "listing" and (served := _served(one, other)):
        found.take("accessory", "bars", f"The listing is something for this: {_listed(served)}.")
    if role.target and not their.target:
        _for_the_maker(found, one, other, whose, sold_alike=sold_alike)
    if role.fitment and not their.fitment and not their.target and not their.accessories:
        found.take("accessory", "bars", f"The {whose} is made to fit {_listed(role.fitment)}.")
    elif whose == "listing" and role.target and not their.target and _counts_alone(one, other):
        found.take("count", "bars", f"Only the listing counts pieces: {one.amounts.shown['count']}.")
    elif whose == "listing":
        _a_part_of_it(found, one, other, mine, sold_alike=sold_alike)
    elif mine & role.heads:
        found.take("accessory", "weakens", f"The product is an accessory: {_spoken(role, mine & role.heads)}.")


def _counts_alone(one: TitleFacts, other: TitleFacts) -> bool:
    """Nails for a nailer, labels for a label printer: sold by the hundred, for what is sold singly."""
    theirs = other.amounts
    many = max(one.amounts.counts, default=0) >= _MANY_PIECES
    return many and not (theirs.counts or theirs.dimensions or theirs.pack > 1 or _same_thing(one, other))


def _a_part_of_it(found: RolesFound, one: TitleFacts, other: TitleFacts, mine: set[str], *, sold_alike: bool) -> None:
    """Whether the listing `one` is called after a part, an accessory, or what comes with the product `other`."""
    role, their = one.role, other.role
    if mine and not _begins_as_accessory(other):
        strong = bool(mine & role.heads) and not sold_alike and (role.replacement or bool(role.target))
        effect: Effect = "refutes" if strong else "bars"
        found.take("accessory", effect, f"The listing speaks of a part or accessory: {_spoken(role, mine)}.")
    elif role.heads & their.included - their.accessories.keys() and not _same_thing(one, other):
        found.take("accessory", "bars", f"The listing may be only what comes with it: {_spoken(role, role.heads)}.")
    elif _begins_with_part(one, other):
        found.take("accessory", "bars", f"The listing is called after a part: {_listed(one.order[:1])}.")
    elif word := _qualifies_the_thing(one, other):
        found.take("accessory", "bars", f"The listing may be only a part of it: {word}.")
    elif mine & role.heads:
        found.take("accessory", "weakens", f"The listing is an accessory: {_spoken(role, mine & role.heads)}.")
    serves_alike = sold_alike and bool(their.target) and _begins_as_accessory(other)
    if role.replacement and not their.replacement and not mine and not serves_alike:
        found.take("replacement", "bars", "The listing is a replacement part.")


def _for_the_maker(found: RolesFound, one: TitleFacts, other: TitleFacts, whose: str, *, sold_alike: bool) -> None:
    """One title says whose things it goes with, the other sells such a thing and says no more than its maker."""
    if one.role.compatible and not other.role.compatible and not _one_maker(one, other):
        found.take("compatible", "bars", f"The {whose} is another maker's, compatible with it.")
    elif whose == "listing" and sold_alike and not other.role.fitment and _serves_the_maker(one, other):
        found.take("compatible", "bars", f"The listing is made for this maker's things: {other.order[0]}.")


def _served(one: TitleFacts, other: TitleFacts) -> frozenset[str]:
    """`bowl for blender Moulin` beside `Moulin blender`: the word after `for` that names the other title's thing."""
    if not one.role.target or other.role.target or not other.things or _same_thing(one, other):
        return frozenset()
    if not other.role.heads.isdisjoint(one.role.accessories) and _begins_as_accessory(other):
        return frozenset()  # `carry bag for tripod` beside `tripod bag`
    words = next(iter(other.things.values()))
    # `deska do krojenia` is a board; `detersivo per piatti` is `detersivo piatti`
    if any(means(word, "for") for word in words) or words[0] in one.role.before_target:
        return frozenset()
    return one.role.target & {head_of(words)}  # `blender` of `stick blender`


def _one_maker(one: TitleFacts, other: TitleFacts) -> bool:
    """Titles begin with the maker: `Draycross Pads compatible with Corolla` and `Corolla pads Draycross`."""
    first = one.order[0] if one.order else ""
    named = first.isalpha() and first in other.words and one.words[first] >= UNSEEN
    return named and first not in one.role.target and not any(first in words for words in one.things.values())


def _serves_the_maker(one: TitleFacts, other: TitleFacts) -> bool:
    """`mower blade fits Turfane TB18` beside `Turfane Mower Blade TB18`: the maker's name stands behind `fits` only."""
    maker = other.order[0] if other.order else ""
    return other.words.get(maker, 0.0) >= UNSEEN and maker in one.role.target and maker not in one.role.before_target


def _same_thing(one: TitleFacts, other: TitleFacts) -> bool:
    return not one.things.keys().isdisjoint(other.things)


def _begins_as_accessory(facts: TitleFacts) -> bool:
    """Whether a title is called after an accessory from its beginning: a part that it names later comes with it."""
    return not facts.role.heads.isdisjoint(facts.order[:_WORDS_OF_A_NAME])


def _begins_with_part(one: TitleFacts, other: TitleFacts) -> bool:
    """`Remote Control for Tower Fan` beside `Tower Fan 36 Inch, 45 W, Remote Control`."""
    first = one.order[0] if one.order else ""
    known = other.role.accessories.keys() | other.role.included
    return first in one.role.accessories and first in known and first not in other.order[:_WORDS_OF_A_NAME]


def _qualifies_the_thing(one: TitleFacts, other: TitleFacts) -> str | None:
    """`Filter Cartridge` beside `Water Filter Pitcher`: what one title sells only qualifies the other's thing."""
    if one.things or one.role.target:
        return None
    before = {word for *words, thing in other.things.values() for word in words if thing not in one.words}
    return next((one.role.accessories[head] for head in sorted(one.role.heads) if head in before), None)


def _is_the_thing(name: str, one: TitleFacts, other: TitleFacts) -> bool:
    """Whether the word of an accessory names what the other title is about, too: `AA battery` and `AA Batteries`.

    Where both titles are about one thing it may only say how that is: `battery hedge trimmer`, `mixer, 5 qt bowl`.
    """
    written = one.role.accessories[name]
    thing = {word for known, words in one.things.items() if _is_one_of(known, other) for word in words}
    if thing and " " in written and written in other.text and name not in one.role.heads:
        return True  # `wall mount hose reel` beside `hose reel, wall mounted`
    if _within(written, other) or thing.issuperset(map(stem, written.split())):
        return True
    if name == _POWERED and any(first == name and second in thing for first, second in one.adjacent.values()):
        return True
    if not thing or name in one.order[:_WORDS_OF_A_NAME]:
        return False
    before = (first for first, second in one.adjacent.values() if second == name)
    return any(word[0].isdigit() and word in other.words and word not in one.codes for word in before)


def _is_one_of(thing: str, other: TitleFacts) -> bool:
    """Whether the other title is about this thing or a kind of it."""
    return any(thing == their or thing in kinds_of(their) for their in other.things)


def _alone(role: Role, their: Role) -> set[str]:
    known = {*their.accessories, *their.included}
    return {name for name in role.accessories if name not in known and _ALIKE.get(name) not in known}


def _within(written: str, other: TitleFacts) -> bool:
    """`schlauch` in `gartenschlauch`: a compound of the other title names the thing."""
    return len(written) >= _LEAST_LETTERS and any(written in word and word != written for word in other.words)


def _targets(role: Role, other: TitleFacts) -> bool:
    """Whether what stands after `for` is the other title's thing, and what stands before it is something else."""
    if not role.target or not role.before_target:
        return False
    if other.order and other.order[0] in role.before_target:
        return False
    return _share_of(other, role.target) >= _TARGET_SHARE and _share_of(other, role.before_target) < _HEAD_SHARE


def _more_than_it(found: RolesFound, one: TitleFacts, other: TitleFacts, whose: str) -> None:
    role, their = one.role, other.role
    if role.bundle and not their.bundle:
        found.take("bundle", "bars", f"The {whose} is a bundle.")
        return
    if whose == "product" or not (role.included or role.joined or role.added):
        return
    extra = role.included - their.included - their.accessories.keys()
    # What is named in two languages looks like something more; each then has as many things of its own.
    theirs = len(their.included - role.included) + len(_alone(their, role))
    if len(extra) > theirs:
        found.take("bundle", "bars", f"The listing comes with more: {_listed(extra)}.")
        return
    for words in unknown_parts(role, other, one)[len(unknown_parts(their, one, other)) :]:
        found.take("bundle", "bars", f"The listing is sold together with {' '.join(words)}.")
        return


def _other_kinds(found: RolesFound, product: TitleFacts, listing: TitleFacts) -> None:
    """Two accessories of one thing: a case and a charger."""
    one, other = product.role.heads, listing.role.heads
    apart = one and other and product.role.accessories.keys().isdisjoint(listing.role.accessories)
    if apart and not found.clash and _alone(listing.role, product.role):
        found.take("accessory", "bars", f"Other things: {_listed(one)} and {_listed(other)}.")
    target, their = product.role.target | product.role.fitment, listing.role.target | listing.role.fitment
    if target and their:
        years = {f"{year % most}" for year in product.variant.years | listing.variant.years for most in (100, 10_000)}
        numbers = _digits(target, product) - listing.words.keys() - years  # years are compared as such
        others = _digits(their, listing) - product.words.keys() - years
        if numbers and others:
            found.take("target", "bars", f"For another model: {_listed(numbers)} and {_listed(others)}.")


def _digits(words: frozenset[str], facts: TitleFacts) -> frozenset[str]:
    """Model numbers and numbers of a name among some words."""
    return frozenset(word for word in words if word in facts.codes or word.isdigit())


def _share_of(facts: TitleFacts, words: frozenset[str]) -> float:
    """Share of a title's weight that some words make up."""
    if not facts.weight:
        return 0.0
    return sum(weight for word, weight in facts.words.items() if word in words) / facts.weight


def _spoken(role: Role, names: Iterable[str]) -> str:
    return ", ".join(sorted(role.accessories[name] for name in names))


def _listed(words: Iterable[str]) -> str:
    return ", ".join(word.replace("-", " ") for word in sorted(words))
