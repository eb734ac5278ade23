"""Compares what names the model: model numbers, the numbers of a name, and identifiers that a source gives."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dropship_pipeline.matching.titles.folding import fold
from dropship_pipeline.matching.titles.lexicon import STANDARDS, SUFFIXES
from dropship_pipeline.matching.values import Offer, TitleFacts
from dropship_pipeline.models import Signal

_STRONG = 5  # letters and digits from which a code is a model number by itself
_CONTAINED = 5
_SHORTEST = 2
_DIGITS_OF_A_SMALL_NUMBER = 2
_LEAST_OF_A_MAKE = 4  # `936d` and `939d`
_LETTERS = re.compile(r"[a-z]+")
_DIGITS = re.compile(r"\d+")
_PREFIX = re.compile(r"[^\W\d]+")
_NOT_CODE = re.compile(r"[\W_]+")
# What an identifier adds to the logarithm of the odds. Set by hand: no public set has them beside its titles.
_SAME_GTIN, _SAME_MPN, _SAME_BRAND = 4.0, 2.5, 0.3


@dataclass(slots=True)
class ModelsFound:
    """What was found about the model.

    Args:
        signals: for people.
        shared: length of the longest model number of both; 0 where they share none.
        clash: 0 none, 1 both have numbers of different makes, 2 numbers of one make that differ.
        named_clash: names with another number: `phone 12`, `phone 13`.
        numbers_shared: bare numbers of both.
        numbers_clash: bare numbers that each has alone, of the side that has fewer.
        log_odds: of identifiers.
    """

    signals: list[Signal] = field(default_factory=list)
    shared: float = 0.0
    clash: float = 0.0
    named_clash: float = 0.0
    numbers_shared: float = 0.0
    numbers_clash: float = 0.0
    log_odds: float = 0.0


def compare_models(a: Offer, b: Offer) -> ModelsFound:
    """Compare the model of two offers."""
    found = ModelsFound()
    _codes(found, a.facts, b.facts)
    _names(found, a.facts, b.facts)
    _specs(found, a.facts, b.facts)
    if (a.gtin and b.gtin) or (a.mpn or b.mpn) or (a.brand and b.brand):
        _identifiers(found, a, b)
    return found


def _codes(found: ModelsFound, a: TitleFacts, b: TitleFacts) -> None:
    for model, word in _named_suffixes(a, b):
        found.signals.append(Signal("model", "bars", f"Another model: {model.upper()} and {model.upper()} {word}."))
    if not a.codes and not b.codes:
        return
    if not a.codes or not b.codes:
        code = min(_spaced(a, b), default=None) or min(_spaced(b, a), default=None)
        if code is not None:
            _same_code(found, code)
        else:
            _suffixed_spec(found, a, b)
        return
    # Of several as long the same each time: codes are sets, whose order changes from process to process.
    shared = max(_shared(a, b), key=lambda code: (len(code), code), default=None)
    if shared is not None:
        _same_code(found, shared)
    kin = [(one, other) for one in a.codes - b.codes for other in b.codes - a.codes if _is_kin(one, other)]
    kin = [pair for pair in kin if pair[0] not in b.adjacent and pair[1] not in a.adjacent]
    suffix = min(_suffixed(a, b), default=None)
    if suffix is not None and not a.codes & b.codes:
        found.signals.append(Signal("model", "bars", f"Another model: {suffix[0].upper()} and {suffix[1].upper()}."))
    elif kin and (shared is None or len(shared) < _STRONG or _says_less(shared, min(kin)[0])):
        one, other = min(kin)
        found.clash = 2.0
        found.signals.append(Signal("model", "bars", f"Another model: {one.upper()} and {other.upper()}."))
    elif shared is None and _strong(a) and _strong(b):
        found.clash = 1.0
        one, other = min(_strong(a)), min(_strong(b))
        found.signals.append(
            Signal("model_number", "weakens", f"Model numbers differ: {one.upper()} and {other.upper()}.")
        )


def _says_less(shared: str, model: str) -> bool:
    """`12400dpi` of both, beside `K552` and `K556`: a property, not the model."""
    return shared[0].isdigit() and model[0].isalpha()


def _same_code(found: ModelsFound, code: str) -> None:
    found.shared = float(len(code))
    found.signals.append(Signal("model", "supports", f"The same model number {code.upper()}."))


def _shared(a: TitleFacts, b: TitleFacts) -> Iterator[str]:
    """Codes of both: equal, written with a space in one, or one with a suffix that the other leaves out."""
    for one in a.codes:
        if one in b.codes or one in b.adjacent:
            yield one
            continue
        for other in b.codes:
            if other in a.adjacent:
                yield other
            short, long = sorted((one, other), key=len)
            if len(short) >= _CONTAINED and (long.startswith(short) or long.endswith(short)):
                yield short


def _spaced(a: TitleFacts, b: TitleFacts) -> Iterator[str]:
    """Codes of the first title that stand in the second with a space: `fe360pnk` and `fe 360`."""
    for code in a.codes:
        if code in b.adjacent:
            yield code
        elif len(code) >= _STRONG and code[-1].isalpha():
            yield from (word for word in b.adjacent if len(word) >= _STRONG and _is_stem(word, code))


def _is_stem(word: str, code: str) -> bool:
    """`fe360` of `fe360pnk`: the letters at its end name a colour or a country."""
    return code.startswith(word) and word[-1].isdigit() and not word.isdigit() and code[len(word) :].isalpha()


def _suffixed(a: TitleFacts, b: TitleFacts) -> Iterator[tuple[str, str]]:
    """`dc400` and `dc400w`: what a suffix means only the maker knows, so a person decides."""
    for one in a.codes - b.adjacent.keys():
        for other in b.codes - a.adjacent.keys():
            short, long = sorted((one, other), key=len)
            if long != short and long.startswith(short) and long[len(short) :].isalpha():
                yield one, other


def _suffixed_spec(found: ModelsFound, a: TitleFacts, b: TitleFacts) -> None:
    """`T5` and `T5S`: alone the first is read as a property, the second shows that it is a model."""
    for codes, specs in ((a.codes, b.specs), (b.codes, a.specs)):
        for code in sorted(codes):
            if code[:-1] in specs and code[-1].isalpha() and not codes & specs:
                found.signals.append(Signal("model", "bars", f"Another model: {code[:-1].upper()} and {code.upper()}."))
                return


def _named_suffixes(product: TitleFacts, listing: TitleFacts) -> Iterator[tuple[str, str]]:
    """`D12` and `D12 HD`: the listing adds to the model a word that names another one."""
    added = SUFFIXES.intersection(listing.words).difference(product.words)
    if added:
        models = model_names(product)
        for model, word in listing.adjacent.values():
            if word in added and model in models:
                yield model, word.rpartition(":")[2]


def model_names(facts: TitleFacts) -> frozenset[str]:
    """Model numbers of a title, what may be one beside being a property (`T5`), and the numbers of its names."""
    short = {spec for spec in facts.specs if len(spec) == _SHORTEST and spec[0].isalpha()}
    named = (numbers for word, numbers in facts.numbered.items() if word not in STANDARDS)
    return facts.codes.union(short, *({f"{number:g}" for number in numbers} for numbers in named))


def _strong(facts: TitleFacts) -> list[str]:
    return [code for code in facts.codes if len(code) >= _STRONG]


def _is_kin(one: str, other: str) -> bool:
    """Whether two codes are numbers of one make: `bt450` and `bt460`, `s3` and `s4`, `mb739lla` and `mb754lla`."""
    if one[0].isdigit() != other[0].isdigit() or abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    if len(short) >= _CONTAINED and long.startswith(short):
        return False
    prefix, other_prefix = _PREFIX.match(one), _PREFIX.match(other)
    if prefix and other_prefix:
        return prefix.group() == other_prefix.group()
    return _shape(one) == _shape(other) and len(one) >= _LEAST_OF_A_MAKE


def _shape(code: str) -> str:
    return _DIGITS.sub(lambda digits: "0" * len(digits.group()), _LETTERS.sub(lambda run: "a" * len(run.group()), code))


def _names(found: ModelsFound, a: TitleFacts, b: TitleFacts) -> None:
    for word in sorted(a.numbered.keys() & b.numbered.keys()):
        one, other = a.numbered[word], b.numbered[word]
        if one.isdisjoint(other) and one.isdisjoint(b.numbers) and other.isdisjoint(a.numbers):
            found.named_clash += 1
            found.signals.append(
                Signal("model", "bars", f"Another model: {word} {_listed(one)} and {word} {_listed(other)}.")
            )
    if not found.named_clash:
        _behind_the_maker(found, a.order[:2], b.order[:2])
    if a.numbers and b.numbers:
        found.numbers_shared = float(len(a.numbers & b.numbers))
        found.numbers_clash = float(min(len(a.numbers - b.numbers), len(b.numbers - a.numbers)))


def _behind_the_maker(found: ModelsFound, a: Sequence[str], b: Sequence[str]) -> None:
    """`Steadway 4 Gimbal` and `Steadway 3 gimbal, 3-axis`, though both have a 3; years and part numbers are larger."""
    if len(a) == len(b) == 2 and a[0] == b[0] and a[1] != b[1] and _is_small(a[1]) and _is_small(b[1]):  # noqa: PLR2004
        found.named_clash += 1
        found.signals.append(Signal("model", "bars", f"Another model: {' '.join(a)} and {' '.join(b)}."))


def _is_small(number: str) -> bool:
    return number.isdecimal() and len(number) <= _DIGITS_OF_A_SMALL_NUMBER


def _specs(found: ModelsFound, a: TitleFacts, b: TitleFacts) -> None:
    """`DDR4` and `DDR5`, `AC-1206` and `AC-1208`: properties of one make, of which each title has its own."""
    for one in sorted(a.specs - b.specs - b.adjacent.keys()):
        for other in sorted(b.specs - a.specs - a.adjacent.keys()):
            make = _PREFIX.match(one)
            if make and other.startswith(make.group()) and _shape(one) == _shape(other):
                found.signals.append(Signal("model", "bars", f"Another model: {one.upper()} and {other.upper()}."))
                return


def _listed(numbers: frozenset[float]) -> str:
    return ", ".join(f"{number:g}" for number in sorted(numbers))


def _identifiers(found: ModelsFound, a: Offer, b: Offer) -> None:
    if a.gtin and b.gtin:
        if _gtin(a.gtin) == _gtin(b.gtin):
            found.log_odds += _SAME_GTIN
            found.signals.append(Signal("gtin", "supports", f"The same product code {a.gtin}."))
        else:
            found.signals.append(Signal("gtin", "bars", f"Another product code: {a.gtin} and {b.gtin}."))
    _part_numbers(found, a, b)
    if a.brand and b.brand:
        one, other = _plain(a.brand), _plain(b.brand)
        if one == other or one in other or other in one:
            found.log_odds += _SAME_BRAND
            found.signals.append(Signal("brand", "supports", f"The same brand {a.brand}."))
        else:
            found.signals.append(Signal("brand", "bars", f"Another brand: {a.brand} and {b.brand}."))


def _part_numbers(found: ModelsFound, a: Offer, b: Offer) -> None:
    if a.mpn and b.mpn:
        one, other = _plain(a.mpn), _plain(b.mpn)
        short, long = sorted((one, other), key=len)
        if one == other or (len(short) >= _CONTAINED and long.startswith(short)):
            found.log_odds += _SAME_MPN
            found.signals.append(Signal("mpn", "supports", f"The same part number {a.mpn}."))
        else:
            found.signals.append(Signal("mpn", "bars", f"Another part number: {a.mpn} and {b.mpn}."))
        return
    mpn, facts = (a.mpn, b.facts) if a.mpn else (b.mpn, a.facts)
    if mpn and len(_plain(mpn)) >= _STRONG and (_plain(mpn) in facts.codes or _plain(mpn) in facts.adjacent):
        found.log_odds += _SAME_MPN
        found.signals.append(Signal("mpn", "supports", f"The title names the part number {mpn}."))


def _plain(identifier: str) -> str:
    return _NOT_CODE.sub("", fold(identifier))


def _gtin(code: str) -> str:
    """UPC-12, EAN-13 and GTIN-14 of one product differ in leading zeros only."""
    return _plain(code).lstrip("0")
