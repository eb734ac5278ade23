"""Compares what is sold: the thing, something for it, a part of it, an empty box, more than it, or a used one."""

from dataclasses import dataclass, field

from dropship_pipeline.matching.values import Effect, Role, Signal, TitleFacts

_MOSTLY = 0.6
_HEAD_SHARE = 0.34


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
    if one.used and not other.used and not one.refurbished:
        found.take("used", "bars", f"The {whose} is used or opened.")
    only = one.only - other.only
    if only and not (only <= other.accessories and len(other.words) <= len(one.words)):
        found.take("only", "refutes", f"The {whose} is only this: {_listed(only)}.")


def _for_it(found: RolesFound, one: TitleFacts, other: TitleFacts, whose: str) -> None:
    role, their = one.role, other.role
    mine = role.accessories - their.accessories - their.included
    sold_alike = bool(role.accessories & their.accessories)
    targets_other = bool(role.target) and _share_of(other, role.target) >= _MOSTLY and not their.target
    if targets_other and not sold_alike and _share_of(other, role.before_target) < _HEAD_SHARE:
        what = _listed(role.accessories) or "something"
        found.take("accessory", "refutes", f"The {whose} is {what} for it, not the thing itself.")
        return
    if role.compatible and not their.compatible:
        found.take("compatible", "bars", f"The {whose} is another maker's, compatible with it.")
    if role.fitment and not their.fitment and not their.target and not their.accessories:
        found.take("accessory", "bars", f"The {whose} is made to fit {_listed(role.fitment)}.")
    elif mine and (whose == "listing" or mine & role.heads):
        strong = bool(mine & role.heads) and not sold_alike and (role.replacement or bool(role.target))
        what = _listed(mine)
        effect: Effect = "refutes" if strong else "bars"
        found.take("accessory", effect, f"The {whose} speaks of a part or accessory: {what}.")
    if role.replacement and not their.replacement and not mine:
        found.take("replacement", "bars", f"The {whose} is a replacement part.")


def _more_than_it(found: RolesFound, one: TitleFacts, other: TitleFacts, whose: str) -> None:
    role, their = one.role, other.role
    if role.bundle and not their.bundle:
        found.take("bundle", "bars", f"The {whose} is a bundle.")
        return
    extra = role.included - their.included - their.accessories
    if whose == "listing" and extra:
        found.take("bundle", "bars", f"The listing comes with more: {_listed(extra)}.")
        return
    for words in role.joined:
        alone = [word for word in words if word not in other.words]
        if len(words) > 1 and alone == list(words) and (extra or _repeats(one, words) or words[0][:1].isdigit()):
            found.take("bundle", "bars", f"The {whose} is sold together with {' '.join(words)}.")
            return


def _repeats(facts: TitleFacts, words: tuple[str, ...]) -> bool:
    """`BrewMate Coffee Maker & BrewMate Grinder`: the second thing names the line again."""
    return any(facts.order.count(word) > 1 for word in words)


def _other_kinds(found: RolesFound, product: TitleFacts, listing: TitleFacts) -> None:
    """Two accessories of one thing: a case and a charger."""
    one, other = product.role.heads, listing.role.heads
    if one and other and product.role.accessories.isdisjoint(listing.role.accessories) and not found.clash:
        found.take("accessory", "bars", f"Other things: {_listed(one)} and {_listed(other)}.")
    target, their = product.role.target | product.role.fitment, listing.role.target | listing.role.fitment
    if target and their:
        numbers, others = _digits(target), _digits(their)
        if numbers and others and numbers.isdisjoint(others):
            found.take("target", "bars", f"For another model: {_listed(numbers)} and {_listed(others)}.")


def _digits(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word in words if any(letter.isdigit() for letter in word))


def _share_of(facts: TitleFacts, words: frozenset[str]) -> float:
    """Share of a title's weight that some words make up."""
    if not facts.weight:
        return 0.0
    return sum(weight for word, weight in facts.words.items() if word in words) / facts.weight


def _listed(words: frozenset[str]) -> str:
    return ", ".join(word.replace("-", " ") for word in sorted(words))
