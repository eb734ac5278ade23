"""What a title sells beside its thing, behind `with`, `+` and `&`, and the other title does not name."""

from dropship_pipeline.matching.titles.lexicon import head_of
from dropship_pipeline.matching.values import Role, TitleFacts

_LEAST_LETTERS = 4
_OF_GOODS = ("mass", "volume", "ounce")  # ends of the words that these measures are read as


def unknown_parts(role: Role, other: TitleFacts, own: TitleFacts) -> list[tuple[str, ...]]:
    """What a title adds to its thing and the other does not name; of two languages each adds as much."""
    things = [words for words in role.joined if words and not other.role.included]
    parts = [words for words in map(_without_measure, role.added) if words and not _is_spec(words[0])] + things
    unknown = [words for words in parts if not _are_shades(words, own) and not _are_known(words, other)]
    return [words[1:] if _are_goods(words) else words for words in unknown or _own_goods(role, other)]


def _without_measure(words: tuple[str, ...]) -> tuple[str, ...]:
    """`with 2oz catnip`."""
    return words[1:] if _is_spec(words[0]) else words


def _own_goods(role: Role, other: TitleFacts) -> list[tuple[str, ...]]:
    """`popcorn maker + 1 kg popping corn`: goods with a weight or volume of their own are another thing."""
    return [words for words in (*role.added, *role.joined) if _are_goods(words) and words[0] not in other.words]


def _are_goods(words: tuple[str, ...]) -> bool:
    return len(words) > 1 and words[0][0].isdigit() and words[0].endswith(_OF_GOODS)


def _are_shades(words: tuple[str, ...], own: TitleFacts) -> bool:
    """`red with grey`."""
    named = {word for word in words if word.isalpha()}
    return bool(named) and named <= own.variant.colours


def _is_spec(word: str) -> bool:
    return not word.isalpha() and not word.isdigit()


def _are_known(words: tuple[str, ...], other: TitleFacts) -> bool:
    """Whether the other title has all words, or one that does more than qualify its thing (`hose` of a nozzle)."""
    qualifies = {word for name in other.things.values() for word in name if word != head_of(name)}
    known = [word for word in words if _is_known(word, other)]
    return len(known) == len(words) or not qualifies.issuperset(known)


def _is_known(word: str, other: TitleFacts) -> bool:
    return word in other.words or word in other.adjacent or (len(word) >= _LEAST_LETTERS and word in other.text)
