"""Collects what the walk over a title finds, and knows in which part of the title it is."""

from collections import defaultdict
from collections.abc import Iterable
from enum import IntEnum

from dropship_pipeline.matching.rarity import Rarity
from dropship_pipeline.matching.titles.amounts import AmountsRead
from dropship_pipeline.matching.titles.lexicon import BED_SIZES, BEDDING, REPLACEMENTS, STANDARDS, Meaning, Unit
from dropship_pipeline.matching.titles.weighing import weight_of
from dropship_pipeline.matching.values import PLAIN_ROLE, PLAIN_VARIANT, Role, TitleFacts, Variant

_NOT_A_NAME = frozenset({"", "of"})
_LENGTH_OF_A_CODE = 5
_WORDS_OF_A_MAKER = 2
# Behind what comes with the goods these still count the goods: `pads with attractant 80 ct`.
_SOLD_AS = ("ct", "count", "cnt")
_SOLD_BY = frozenset({"tablet", "pod", "wipe", "diaper", "load", "serving"})
_SIZES_OF_MODELS = frozenset({"xl"})  # `AF5 XL` is another fryer
_EDITION = frozenset({"edition", "editie", "ed"})


class Zone(IntEnum):
    """What the words of a part of the title speak about."""

    HEAD = 0  # what is sold
    TARGET = 1  # what it is for
    INCLUDED = 2  # what comes with it
    JOINED = 3  # what stands after & or +


ZONE_OF = {"for": Zone.TARGET, "compatible": Zone.TARGET, "with": Zone.INCLUDED, "and": Zone.JOINED}
_VARIANTS = frozenset({"colour", "flavour", "audience", "size", "edition", "format", "opposite"})
_FLAGS = frozenset({"compatible", "replacement", "empty_box", "for_parts", "refurbished", "used", "bundle", "no_brand"})


class Reading:
    """Mutable while a title is read; `facts` gives the frozen value."""

    def __init__(self, rarity: Rarity) -> None:
        self.rarity = rarity
        self.amounts = AmountsRead()
        self.zone = Zone.HEAD
        self.order: list[str] = []
        self.adjacent: dict[str, tuple[str, str]] = {}
        self.codes: set[str] = set()
        self.specs: set[str] = set()
        self.numbers: set[float] = set()
        self.numbered: dict[str, set[float]] = {}
        self.named: defaultdict[str, set[str]] = defaultdict(set)  # by the kind of variant; most titles have few
        self.things: dict[str, tuple[str, ...]] = {}
        self.years: set[int] = set()
        self.generations: set[int] = set()
        self.after: dict[str, str] = {}
        self.flags: set[str] = set()
        self.accessories: dict[str, str] = {}
        self.heads: set[str] = set()
        self.included: set[str] = set()
        self.only: set[str] = set()
        self.target: set[str] = set()
        self.before_target: set[str] = set()
        self.fitment: set[str] = set()
        self.joined: list[list[str]] = []
        self.added: list[list[str]] = []
        self._part: list[str] = []  # of joined or added that is being read
        self._last = ""  # the word before, empty at the begin of a segment
        self._thing = ""  # the accessory that was the word before
        self._only_before = False
        self._without = False

    def word(self, word: str) -> None:
        """Take a telling word."""
        before = self._last
        if before:
            self.adjacent[before + word] = (before, word)
        self._last = word
        self.order.append(word)
        if self.zone is Zone.TARGET:
            self.target.add(word)
        elif self.zone is not Zone.HEAD:
            self._part.append(word)
        if word != self._thing and not word[0].isdigit():  # `carafe 12 cup for ...` is a carafe
            self._thing = ""

    def mean(self, meaning: Meaning, written: str) -> None:
        """Take the meaning of a phrase."""
        kind, name = meaning.kind, meaning.name
        if kind in _VARIANTS:
            self._variant(kind, name)
        elif kind in {"accessory", "part"}:
            self._accessory(name, written)
            if self.zone is Zone.HEAD and not REPLACEMENTS.isdisjoint(written.split()):
                self.flags.add("replacement")
        elif kind in _FLAGS or kind in ZONE_OF:
            self._marker(kind)
        elif kind == "without":
            self._without = True
        elif kind == "only":
            self._only()
        elif kind == "total":
            self.amounts.total(self._last)

    def _variant(self, kind: str, name: str) -> None:
        if kind != "opposite" or self.zone is Zone.HEAD:
            self.named[kind].add(name)
        if kind == "edition" or (name in _SIZES_OF_MODELS and self._last in self.codes):
            self.named["edition"].add(name)
            said_again = name in self.after and self._last in {"", name}  # `S24+ (Plus)`
            if not said_again:
                self.after[name] = self._last

    def about(self, meanings: Iterable[Meaning], words: tuple[str, ...]) -> None:
        """Take what the title is about; what comes with it, and what it is for, is something else."""
        if self.zone is Zone.HEAD:
            for meaning in meanings:
                if meaning.kind == "thing":
                    self.things.setdefault(meaning.name, words)
                else:
                    self.named["opposite"].add(meaning.name)

    def generation(self, number: int) -> None:
        """Take a generation, but that of a standard: `PCIe Gen4`."""
        if self._last not in STANDARDS:
            self.generations.add(number)

    def edition(self, written: str) -> None:
        """`Family Edition`: the word before says which; no `generation` names one."""
        if written in _EDITION and self._last and self._last not in self.named["edition"]:
            self.named["edition"].add(f"{self._last} edition")

    def _marker(self, kind: str) -> None:
        if kind in _FLAGS and not (self._without and kind == "used"):
            self.flags.add(kind)
        zone = ZONE_OF.get(kind)
        if zone is None:
            return
        if zone is Zone.TARGET:
            self._end_head()
            if not self.target:
                self.before_target = set(self.order)
        else:
            if zone is Zone.JOINED and (self.zone is Zone.TARGET or self._names_maker()):
                return
            self._part = []
            (self.joined if zone is Zone.JOINED else self.added).append(self._part)
            if zone is Zone.JOINED and self.zone is Zone.INCLUDED:
                zone = Zone.INCLUDED
        self.zone = zone
        self._last = ""

    def _names_maker(self) -> bool:
        """`Hartwick & Dove Curtain`: no thing was named yet."""
        return not self.things and not self.accessories and len(self.order) <= _WORDS_OF_A_MAKER

    def plus(self) -> None:
        """`+` between two things: what follows is added."""
        self._part = []
        self.added.append(self._part)
        self.zone = Zone.INCLUDED
        self._last = ""

    def _accessory(self, name: str, written: str) -> None:
        if self._without:
            self._without = False
            return
        if self.zone in (Zone.INCLUDED, Zone.JOINED):
            self.included.add(name)
        elif self.zone is Zone.HEAD:
            self.accessories[name] = written
            self._thing = name
            if self._only_before:
                self.only.add(name)
        self._only_before = False

    def _only(self) -> None:
        if self._last:
            self.only.add(self._thing or self._last)
        self._only_before = True

    def _end_head(self) -> None:
        if self._thing and self.zone is Zone.HEAD:
            self.heads.add(self._thing)
        self._thing = ""

    def break_segment(self) -> None:
        """A comma, a bracket, a dash: the head noun stands before it, and what was said with or for ends."""
        self._end_head()
        self.zone = Zone.HEAD
        self._last = ""
        self._without = False

    def measure(self, value: float, unit: Unit, written: str, *, in_brackets: bool) -> None:
        """Take a number with a unit. `12 packs (720 count)`: a count in brackets after packs speaks of all of them."""
        if self.zone is Zone.INCLUDED and unit.kind == "count" and not self._counts_goods(unit, written):
            self.numbers.add(value)
            self.word(f"{value:g}pieces")
            return
        if unit.kind == "count" and in_brackets and self.amounts.packs and value > self.amounts.packs[-1]:
            self.amounts.total_said = True
        self.amounts.add(value, unit, written)
        if unit.kind not in {"pack", "count"}:
            self.word(f"{value * unit.factor:.3g}{unit.kind}")
        else:
            self.word(f"{value:g}pieces")

    def _counts_goods(self, unit: Unit, written: str) -> bool:
        """Whether a count behind what comes with the goods speaks of the goods themselves."""
        return bool(self._part) and (unit.name in _SOLD_BY or written.endswith(_SOLD_AS))

    def dimensions(self, sides: tuple[float, ...], *, known: bool) -> None:
        """Take sizes such as 52 × 84."""
        self.amounts.dimensions.append(sides)
        self.amounts.dimensions_known = self.amounts.dimensions_known or known
        self.word("x".join(f"{side:.3g}" for side in sides))

    def spec(self, text: str) -> None:
        """Take a property that looks like a model number."""
        self.specs.add(text)
        self.word(text)

    def code(self, text: str) -> None:
        """Take a model number."""
        self.codes.add(text)
        self.word(text)

    def bare_number(self, value: float, text: str) -> None:
        """Take a number of a name: `phone 12`; that of a standard (`USB 3.0`) stands for nothing else."""
        if len(text) > _LENGTH_OF_A_CODE:
            self.codes.add(text)
        if self._last not in STANDARDS:
            self.numbers.add(value)
        self.numbered_by_name(value)
        self.word(f"{value:g}" if len(text) <= _LENGTH_OF_A_CODE else text)

    def numbered_by_name(self, value: float) -> None:
        """Remember the number of the word before it."""
        if self._last not in _NOT_A_NAME:
            self.numbered.setdefault(self._last, set()).add(value)

    def facts(self, title: str) -> TitleFacts:
        """The frozen value."""
        if self.zone is Zone.HEAD:
            self._end_head()
        if not self.things.keys().isdisjoint(BEDDING):
            self.named["size"].update(BED_SIZES[word] for word in self.order if word in BED_SIZES)
        words = {word: weight_of(word, self.rarity) for word in self.order}
        return TitleFacts(
            title=title,
            text=" ".join(self.order),
            words=words,
            weight=sum(words.values()),
            order=tuple(self.order),
            adjacent=self.adjacent,
            codes=frozenset(self.codes),
            specs=frozenset(self.specs),
            numbered={word: frozenset(numbers) for word, numbers in self.numbered.items()},
            numbers=frozenset(self.numbers),
            amounts=self.amounts.frozen(),
            variant=self._which(),
            things=self.things,
            role=self._role(),
        )

    def _which(self) -> Variant:
        if not (self.named or self.years or self.generations):
            return PLAIN_VARIANT
        named = {kind: frozenset(words) for kind, words in self.named.items()}
        return Variant(
            colours=named.get("colour", frozenset()),
            flavours=named.get("flavour", frozenset()),
            audiences=named.get("audience", frozenset()),
            sizes=named.get("size", frozenset()),
            editions=named.get("edition", frozenset()),
            years=frozenset(self.years),
            generations=frozenset(self.generations),
            formats=named.get("format", frozenset()),
            opposites=named.get("opposite", frozenset()),
            after=self.after,
        )

    def _role(self) -> Role:
        of_words = self.accessories or self.included or self.only or self.target or self.before_target or self.fitment
        if not (self.flags or of_words or self.joined or self.added):
            return PLAIN_ROLE
        return Role(
            accessories=self.accessories,
            heads=frozenset(self.heads),
            included=frozenset(self.included),
            target=frozenset(self.target),
            before_target=frozenset(self.before_target),
            fitment=frozenset(self.fitment),
            only=frozenset(self.only),
            joined=tuple(tuple(words) for words in self.joined if words),
            added=tuple(tuple(words) for words in self.added if words),
            **dict.fromkeys(self.flags, True),
        )
