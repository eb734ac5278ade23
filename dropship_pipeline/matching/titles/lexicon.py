"""What words mean: the phrases of the tables in `lexicon/`, and how long those are that begin with a word."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import Struct

from dropship_pipeline.matching.titles.folding import fold, stem
from dropship_pipeline.matching.titles.terms import ATTRIBUTES, PLAIN, ROLES, SIDES, THINGS, UNITS
from dropship_pipeline.matching.titles.text import Kind, atoms_of

# Tables of words that all mean one thing.
_SINGLE: tuple[str, ...] = (
    "for", "compatible", "with", "without", "and", "only", "empty_box", "for_parts", "refurbished", "used",
    "replacement", "bundle", "pack_of", "generation", "total", "noise", "no_brand", "pair",
)  # fmt: skip

# Kinds of meaning whose name stands for the word among the telling words.
WORD_KINDS = frozenset({"colour", "flavour", "audience", "edition", "accessory", "part", "same", "format", "opposite"})


# What stands between the words of a thing's name where its head comes first.
_JOINTS = frozenset({
    "de", "du", "des", "del", "d", "di", "da", "per", "para", "pour", "a", "au", "aux", "con", "avec", "en", "sous",
    "sans", "sin", "senza", "do", "na", "dla", "z",
})  # fmt: skip


class Meaning(Struct, frozen=True):
    """One meaning of a phrase.

    Args:
        kind: the table, e.g. `colour`, `accessory`, `for`.
        name: under which the words of one meaning are compared, e.g. `black`.
        language: in titles of which it means this; empty where in all.
    """

    kind: str
    name: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Phrases:
    """Words that mean something together.

    Args:
        meanings: of the texts of its atoms, all of them; `orange` is a colour and a flavour.
        lengths: for the first word how many words the phrases have that begin with it, the most first.
    """

    meanings: Mapping[tuple[str, ...], tuple[Meaning, ...]]
    lengths: Mapping[str, tuple[int, ...]]

    def of_word(self, word: str) -> tuple[Meaning, ...]:
        """What a word alone means."""
        return self.meanings.get((word,), ())


class Unit(Struct, frozen=True):
    """A unit of measure.

    Args:
        kind: what it measures, e.g. `length`; `pack` and `count` for pieces.
        name: e.g. `cm`.
        factor: base units of the kind in one of it.
    """

    kind: str
    name: str
    factor: float


def tokens_of(phrase: str) -> tuple[str, ...]:
    """The atoms of a phrase, without marks that carry no meaning."""
    folded = fold(phrase)
    if folded.isascii() and folded.replace(" ", "").isalpha():  # as nearly all are; these take a tenth of the time
        return tuple(folded.split())
    atoms = atoms_of(folded)
    return tuple(atom.text for atom in atoms if atom.kind is not Kind.MARK or atom.text in {"&", "+"})


def _named(kind: str, table: Mapping[str, Iterable[str]], prefix: str = "") -> Iterator[tuple[str, Meaning]]:
    for name, words in table.items():
        meaning = Meaning(kind, prefix + name)
        yield from ((word, meaning) for word in words)


def _lines(lines: Mapping[str, Mapping[str, Iterable[str]]]) -> Iterator[tuple[str, Meaning]]:
    """Lines of which a thing is on one side."""
    for line, sides in lines.items():
        yield from _named("opposite", sides, f"{line}:")


def _entries() -> Iterator[tuple[str, Meaning]]:
    yield from _attributes()
    for kind in _SINGLE:
        yield from _named(kind, {kind: ROLES[kind]["words"]})
    for kind in ("accessory", "part", "same", "number_word", "number", "ordinal"):
        yield from _named(kind, ROLES[kind])


def _attributes() -> Iterator[tuple[str, Meaning]]:
    for kind in ("colour", "flavour", "audience", "size", "edition", "format", "size_system"):
        yield from _named(kind, ATTRIBUTES[kind])
    for word in ATTRIBUTES["colour_and_flavour"]["words"]:
        yield word, Meaning("colour", word)
        yield word, Meaning("flavour", word)
    yield from _named("size_word", {"size_word": ATTRIBUTES["size_word"]["words"]})
    yield from _lines(ATTRIBUTES["opposite"])


def _about() -> Iterator[tuple[str, Meaning]]:
    yield from _named("thing", {name: ROLES["same"][name] for name in ROLES["thing"]["names"]})
    yield from _named("thing", THINGS["thing"])
    yield from _lines({line: SIDES[line] for line in ("material", "pattern")})
    yield from _lines(SIDES["side"])


def _phrases(entries: Iterator[tuple[str, Meaning]], form: Callable[[str], str] = str) -> Phrases:
    meanings: dict[tuple[str, ...], tuple[Meaning, ...]] = {}
    lengths: dict[str, set[int]] = {}
    for written, meaning in entries:
        language, word = (written[:2], written[3:]) if written[2:3] == ":" else ("", written)
        tokens = tuple(map(form, tokens_of(word)))
        if not tokens:
            continue
        spoken = Meaning(meaning.kind, meaning.name, language) if language else meaning
        known = meanings.get(tokens, ())
        if spoken not in known:
            meanings[tokens] = (*known, spoken)
        lengths.setdefault(tokens[0], set()).add(len(tokens))
    return Phrases(meanings, {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()})


def _units() -> Mapping[tuple[str, ...], Unit]:
    found: dict[tuple[str, ...], Unit] = {}
    for kind, units in UNITS.items():
        for name, unit in units.items():
            for word in unit["words"]:
                plain = word[3:] if word[2:3] == ":" else word
                tokens = tuple(atom.text for atom in atoms_of(fold(plain)))
                found.setdefault(tokens, Unit(kind, name, float(unit["factor"])))
    return found


def _hints() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for language, words in ROLES["languages"].items():
        for word in {fold(word) for word in words}:
            found[word] = (*found.get(word, ()), language)
    return found


def _name_of(word: str) -> str:
    """Under which name a title keeps a word: `wireless` as one side of a line."""
    return next((meaning.name for meaning in PHRASES.of_word(word) if meaning.kind in WORD_KINDS), word)


def _is_plain(word: str) -> bool:
    """Whether a word has no meaning of its own."""
    return word not in SUFFIXES and not PHRASES.of_word(word) and not PHRASES.of_word(stem(word))


PHRASES = _phrases(_entries())
# What titles are about. These phrases lie over the others: `camping chair` is a thing, and its words stay words.
ABOUT_PHRASES = _phrases(_about(), stem)
COVERED: Mapping[str, frozenset[str]] = {name: frozenset(also) for name, also in SIDES["material_covers"].items()}
BEDDING = frozenset(THINGS["bedding"]["names"])
FLAVOURED = frozenset(THINGS["flavoured"]["names"])
BED_SIZES: Mapping[str, str] = ATTRIBUTES["bed_size"]
REPLACEMENTS = frozenset(fold(word) for word in ROLES["replacement"]["words"] if " " not in word)
KIND_OF: Mapping[str, str] = THINGS["kind_of"]
UNIT_PHRASES = _units()
UNIT_STARTS = frozenset(tokens[0] for tokens in UNIT_PHRASES)
HINTS = _hints()  # for a word the languages whose titles have it
SHADES: Mapping[str, str] = ATTRIBUTES["shade_of"]
COVERS: Mapping[str, frozenset[str]] = {who: frozenset(also) for who, also in ATTRIBUTES["audience_covers"].items()}
NUMBERS: Mapping[str, float] = {
    tokens[0]: float(meaning.name)
    for tokens, meanings in PHRASES.meanings.items()
    for meaning in meanings
    if meaning.kind == "number"
}
SUFFIXES = frozenset(_name_of(fold(word)) for word in ATTRIBUTES["suffix"]["words"])
PLAIN_WORDS = frozenset(
    stem(fold(word)) for words in PLAIN["plain"].values() for word in words if _is_plain(fold(word))
)
STANDARDS = frozenset(_name_of(stem(tokens_of(word)[-1])) for word in ROLES["standard"]["words"])
SPEC = re.compile("|".join(f"(?:{pattern})" for pattern in ROLES["spec"]["patterns"]))
REPLACEMENT_PREFIXES = tuple(ROLES["replacement_prefix"]["words"])


def means(text: str, kind: str) -> bool:
    """Whether a word alone has a meaning of a kind."""
    return any(meaning.kind == kind for meaning in PHRASES.of_word(text))


def kinds_of(thing: str) -> Iterator[str]:
    """What a thing is a kind of, and what that is one of: a camping chair is a chair."""
    while thing in KIND_OF:
        thing = KIND_OF[thing]
        yield thing


def begins_thing(words: Sequence[str]) -> bool:
    """Whether the name of a thing begins with the first of some words of a title and goes on with the next."""
    return bool(things_at(words))


def things_at(words: Sequence[str]) -> list[tuple[str, ...]]:
    """The names of things that begin with the first of some words of a title and go on with the next."""
    names = [tuple(words[:length]) for length in ABOUT_PHRASES.lengths.get(words[0], ())] if words else []
    return [name for name in names if name in ABOUT_PHRASES.meanings]


def head_of(words: Sequence[str]) -> str:
    """The word of a thing's name that says what it is: the last one, but the first of `tapis de salon`."""
    return words[-1] if _JOINTS.isdisjoint(words[1:]) else words[0]


def is_generation(value: float) -> bool:
    """Whether a number may say which generation a thing is of."""
    return 0 < value <= 20 and value == int(value)  # noqa: PLR2004
