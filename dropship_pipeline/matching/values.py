"""The values of the room: what a title says, what is compared, the evidence, the judgement. No behaviour."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from dropship_pipeline.models import Effect, Money, Signal

# The numbers of the score, in order, and how each may move it: 1 only upwards, -1 only downwards.
FEATURES = {
    "jaccard": 1, "cover_shorter": 1, "cover_longer": 1, "letters": 1, "sorted_letters": 1, "rarest_shared": 1,
    "alone_both": -1, "alone_rarest": -1, "first_words": 1, "code_shared": 1, "code_clash": -1, "named_clash": -1,
    "numbers_shared": 1, "numbers_clash": -1, "amounts_agree": 1, "amounts_clash": -1, "pack_clash": -1,
    "variants_agree": 1, "variants_clash": -1, "role_clash": -1, "price": 1,
    "own_fewer": -1, "own_more": -1, "same_thing": 1,
}  # fmt: skip
# Conflicts are shown first.
SIGNAL_ORDER: Mapping[Effect, int] = {"refutes": 0, "bars": 1, "weakens": 2, "supports": 3, "neutral": 4}


class Amounts(Struct, frozen=True):
    """How much a title offers.

    Args:
        measures: for each kind of measure (`length`, `data`, ...) the values in its base unit.
        dimensions: sizes such as 52 × 84, each in ascending order; mm where the unit is known, else as written.
        dimensions_known: whether a unit stood beside them.
        pack: how many packs or pieces are sold together; 1 where nothing is said.
        counts: how many pieces one pack holds, as said; empty where nothing is said.
        total_said: `counts` speaks of all packs together.
        loose_packs: `counts` may speak of one pack or of all: `120 teabags, 6 boxes`.
        shown: for each kind the words of the title, for people.
    """

    measures: Mapping[str, frozenset[float]] = field(default_factory=dict)
    dimensions: frozenset[tuple[float, ...]] = frozenset()
    dimensions_known: bool = False
    pack: float = 1.0
    counts: frozenset[float] = frozenset()
    total_said: bool = False
    loose_packs: bool = False
    shown: Mapping[str, str] = field(default_factory=dict)


class Variant(Struct, frozen=True):
    """Which one of a line of products a title offers. An empty set is: not said."""

    colours: frozenset[str] = frozenset()
    flavours: frozenset[str] = frozenset()
    audiences: frozenset[str] = frozenset()
    sizes: frozenset[str] = frozenset()
    editions: frozenset[str] = frozenset()
    years: frozenset[int] = frozenset()
    generations: frozenset[int] = frozenset()
    formats: frozenset[str] = frozenset()  # on what a game, a film or a book comes
    opposites: frozenset[str] = frozenset()  # `time:day`, `side:left`
    after: Mapping[str, str] = field(default_factory=dict)  # the word before an edition: `sound` of `Sound Pro`


class Role(Struct, frozen=True):
    """Whether the thing itself is sold, something for it, a part of it, or more than it.

    Args:
        accessories: accessories and parts among the words that name what is sold, each with the word of the title.
        heads: those of them that stand where a title names its thing: at an end, or before `for`.
        included: accessories and parts that come with the thing.
        target: words after `for`, `fits`, `compatible with`.
        before_target: words before that.
        fitment: words of eBay's suffix `(For: ...)`.
        compatible: made by somebody else for it.
        replacement: a spare part.
        empty_box: only the box, the papers.
        for_parts: broken.
        refurbished: made good again.
        used: not new.
        bundle: sold with other things.
        no_brand: the title says that no maker's name is on it.
        only: accessories before or after `only`.
        joined: words after `&` or `and`, one tuple for each.
        added: words after `+` or `with`, one tuple for each.
    """

    accessories: Mapping[str, str] = field(default_factory=dict)
    heads: frozenset[str] = frozenset()
    included: frozenset[str] = frozenset()
    target: frozenset[str] = frozenset()
    before_target: frozenset[str] = frozenset()
    fitment: frozenset[str] = frozenset()
    compatible: bool = False
    replacement: bool = False
    empty_box: bool = False
    for_parts: bool = False
    refurbished: bool = False
    used: bool = False
    bundle: bool = False
    no_brand: bool = False
    only: frozenset[str] = frozenset()
    joined: tuple[tuple[str, ...], ...] = ()
    added: tuple[tuple[str, ...], ...] = ()


# What titles come to that say nothing of it, as many do; made once.
PLAIN_AMOUNTS, PLAIN_VARIANT, PLAIN_ROLE = Amounts(), Variant(), Role()


class TitleFacts(Struct, frozen=True):
    """What a title says, read once.

    Args:
        title: as it was written.
        text: its telling words in order, for a comparison of letters.
        words: telling words with their rarity, 0 to 1.
        weight: sum of the rarities.
        order: telling words in the order of the title.
        adjacent: two neighbours written as one word, and which two.
        codes: model numbers without hyphens.
        specs: `ddr4`, `1080p`: properties that look like model numbers.
        numbered: for a word the numbers that follow it: `phone 12`.
        numbers: all bare numbers.
        amounts: how much.
        variant: which one.
        things: what the title is about, e.g. `camp-chair`, with the telling words that say so.
        role: the thing itself, or something for it.
    """

    title: str
    text: str
    words: Mapping[str, float]
    weight: float
    order: tuple[str, ...]
    adjacent: Mapping[str, tuple[str, str]]
    codes: frozenset[str]
    specs: frozenset[str]
    numbered: Mapping[str, frozenset[float]]
    numbers: frozenset[float]
    amounts: Amounts
    variant: Variant
    things: Mapping[str, tuple[str, ...]]
    role: Role


class Offer(Struct, frozen=True, kw_only=True):
    """One side of a comparison: a product or a listing.

    Args:
        facts: its title, read once.
        price: None where it has none.
        brand: as the source gives it.
        mpn: the maker's part number, as the source gives it.
        gtin: EAN, UPC or ISBN, as the source gives it.
    """

    facts: TitleFacts
    price: Money | None = None
    brand: str | None = None
    mpn: str | None = None
    gtin: str | None = None


class Evidence(Struct, frozen=True):
    """Everything that a comparison found.

    Args:
        signals: conflicts first, then what supports, then the rest.
        features: numbers for the score, in the order of `FEATURES`.
        log_odds: what identifiers given by the source add to the score.
    """

    signals: tuple[Signal, ...]
    features: tuple[float, ...]
    log_odds: float = 0.0


class PhotoBand(StrEnum):
    """What two pictures are to each other."""

    SAME = "same"
    SIMILAR = "similar"
    OTHER = "other"
    UNKNOWN = "unknown"


class PhotoEvidence(Struct, frozen=True):
    """The verdict on a listing's picture.

    Args:
        band: `unknown` where either picture could not be read or shows nothing.
        distance: signs that differ, 0 to 44, in the frame that fits best; None where unknown.
    """

    band: PhotoBand
    distance: int | None = None
