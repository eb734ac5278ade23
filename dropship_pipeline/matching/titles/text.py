"""Text of a title to atoms: folded words, numbers, measures, codes and marks. What they mean is read elsewhere."""

import re
import sys
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache

from dropship_pipeline.matching.titles.folding import stem
from dropship_pipeline.matching.titles.terms import CJK_TERMS, UNIT_WORDS

_CACHED_WORDS = 1 << 16

_CJK = re.compile(r"[぀-ヿ一-鿿가-힣々ー]+")
_SCRIPT = re.compile(r"[぀-ゟ]+|[\u30a0-ヿー]+|[一-鿿々]+|[가-힣]+")
_PIECE = re.compile(r"[^\W_]+(?:[.,'/\-:·][^\W_]+)*(?:(?<=\d)\+(?![^\W_]))?|''|[(),;|+&\"'\-/%x*\[\]:!]")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMBER_WORD = re.compile(r"(\d+(?:[.,]\d+)*)([^\W\d]+)")
_PER = re.compile(r"(\d+)/([^\W\d]+)")  # `200/pk`
# A decimal comma in the last side or in all: `4x6,5x7` are two sizes.
_DIMENSIONS = re.compile(
    r"\d+(?:\.\d+)?[a-z]{0,2}(?:x\d+(?:\.\d+)?[a-z]{0,2}){0,2}x\d+(?:[.,]\d+)?[a-z]{0,2}|\d+,\d+(?:x\d+,\d+){1,3}"
)
_ORDINAL = re.compile(r"(\d{1,3})(?:st|nd|rd|th|e|er|re|ere|eme|ieme|a|o)")
_ENGLISH_ORDINAL = re.compile(r"\d{0,2}(?:1st|2nd|3rd|\dth)")
_RANGE = re.compile(r"(\d+\.\d+|\d+)-(\d+\.\d+|\d+)([fc]?)")  # `10-17.3`, `392-896F`
_CONNECTORS = re.compile(r"[.,'/\-:·]")
_LETTERS_LEAST, _DIGITS_OF_A_CODE, _DIGITS_OF_A_HEAT = 5, 6, 3
_THOUSANDS = 3
_CENTURIES = ("19", "20")
_MOST_YEARS = 30


class Kind(IntEnum):
    """What an atom is."""

    WORD = 0
    NUMBER = 1
    MEASURE = 2
    CODE = 3
    MARK = 4
    ORDINAL = 5


@dataclass(frozen=True, slots=True)
class Atom:
    """The smallest thing that is read.

    Args:
        text: folded: lower case, without accents; of a code without its hyphens.
        kind: what it is.
        value: of a number, a measure or an ordinal.
        unit: of a measure, as it was written, e.g. `gb`, `ct`, `x`.
        stem: the text without the s of its plural.
    """

    text: str
    kind: Kind
    value: float = 0.0
    unit: str = ""
    stem: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "stem", stem(self.text))


def atoms_of(folded: str) -> list[Atom]:
    """All atoms of a folded text in order."""
    if not folded.isascii():
        folded = _CJK.sub(_spaced, folded)
    atoms: list[Atom] = []
    for word in folded.split():
        atoms.extend(_read(word))
    return atoms


def _spaced(found: re.Match[str]) -> str:
    after_digit = found.start() > 0 and found.string[found.start() - 1].isdigit()
    return f" {' '.join(_segments(found.group(), after_digit=after_digit))} "


def _segments(run: str, *, after_digit: bool) -> list[str]:
    """Words of a text without spaces: known terms, longest first; what is left is cut where the script changes."""
    words: list[str] = []
    start = position = 0
    while position < len(run):
        term = next((term for term in CJK_TERMS.get(run[position], ()) if run.startswith(term, position)), None)
        if term is None:
            position += 1
            continue
        words.extend(_leftover(run[start:position], after_digit=after_digit and start == 0))
        words.append(term)
        position += len(term)
        start = position
    words.extend(_leftover(run[start:], after_digit=after_digit and start == 0))
    return words


def _leftover(text: str, *, after_digit: bool) -> list[str]:
    words = _SCRIPT.findall(text)
    if words and after_digit and words[0][0] in UNIT_WORDS and len(words[0]) > 1:
        words[:1] = [words[0][0], words[0][1:]]
    if words and len(words[-1]) > 1 and words[-1].endswith("用"):
        words[-1:] = [words[-1][:-1], "用"]
    return words


@lru_cache(maxsize=_CACHED_WORDS)
def _read(word: str) -> tuple[Atom, ...]:
    """The atoms of what stands between two spaces; titles of one search share most of it, so it is kept."""
    atoms: list[Atom] = []
    for piece in _PIECE.findall(word):
        if piece[0].isalnum():
            atoms.extend(_core(piece))
        else:
            atoms.append(Atom(sys.intern(piece), Kind.MARK))
    return tuple(atoms)


def number(text: str) -> float:
    """A written number: `1,000` is a thousand, `0,5` a half, `1.5` one and a half."""
    parts = re.split("[.,]", text)
    if len(parts) == 1:
        return float(text)
    if "," in text and all(len(part) == _THOUSANDS for part in parts[1:]) and parts[0] != "0":
        return float("".join(parts))
    return float(f"{''.join(parts[:-1])}.{parts[-1]}")


def _core(piece: str) -> list[Atom]:
    if piece.isalpha():
        return [_word(piece)]
    if piece[-1] == "+":
        return [*_core(piece[:-1]), _word("plus")]
    if _NUMBER.fullmatch(piece):
        return [Atom(piece, Kind.NUMBER, number(piece))]
    if _DIMENSIONS.fullmatch(piece):
        return _dimensions(piece)
    if (per := _PER.fullmatch(piece)) is not None and per.group(2) in UNIT_WORDS:
        return [Atom(piece, Kind.MEASURE, number(per.group(1)), per.group(2))]
    found = _NUMBER_WORD.fullmatch(piece)
    return [_number_word(piece, found)] if found else _connected(piece)


def _word(text: str) -> Atom:
    return Atom(sys.intern(text), Kind.WORD)


def _number_word(piece: str, found: re.Match[str]) -> Atom:
    digits, letters = found.groups()
    if _ENGLISH_ORDINAL.fullmatch(piece):
        return Atom(piece, Kind.ORDINAL, float(digits))
    if letters in UNIT_WORDS or letters == "x":
        return Atom(piece, Kind.MEASURE, number(digits), letters)
    if ordinal := _ORDINAL.fullmatch(piece):
        return Atom(piece, Kind.ORDINAL, float(ordinal.group(1)))
    return Atom(_CONNECTORS.sub("", piece), Kind.CODE)


def _dimensions(piece: str) -> list[Atom]:
    parts = piece.split("x")
    atoms: list[Atom] = []
    for part in parts:
        if not part:
            return [Atom(piece, Kind.CODE)]
        if atoms:
            atoms.append(Atom("x", Kind.MARK))
        atoms.extend(_core(part))
    return atoms


def _connected(piece: str) -> list[Atom]:
    """A chunk with marks inside: `men's`, `black/white`, `bt-450`, `mb754ll/a`; without any it is a code."""
    parts = _CONNECTORS.split(piece)
    if piece.endswith("'s") or all(part.isalpha() for part in parts):
        return _letters(piece, parts)
    if (ends := _range(piece)) or all(part.isdecimal() for part in parts):
        return ends or _digits(piece, parts)
    hyphen = piece.split("-")
    if len(hyphen) > 1 and _NUMBER.fullmatch(hyphen[0]) and (all(map(str.isalpha, hyphen[1:])) or _is_range(hyphen)):
        return _after_number(hyphen)
    slashed = re.split("[/:,]", piece)
    if len(slashed) > 1 and _are_apart(slashed):
        return [atom for part in slashed if part for atom in _core(part)]
    if any(part.isalpha() and len(part) >= _LETTERS_LEAST for part in parts):
        return [atom for part in parts if part for atom in _core(part)]
    return [Atom("".join(parts), Kind.CODE)]


def _range(piece: str) -> list[Atom]:
    """`10-17.3` and `392-896F` as their two ends; empty where it is another thing."""
    ends = _RANGE.fullmatch(piece)
    if ends is None or not ("." in piece or (ends.group(3) and len(ends.group(2)) <= _DIGITS_OF_A_HEAT)):
        return []
    return [Atom(end, Kind.NUMBER, number(end)) for end in ends.groups()[:2]]


def _are_apart(parts: list[str]) -> bool:
    """`128gb/black` and `S7/S8` are two, `MB754LL/A` is one."""
    if all(_NUMBER_WORD.fullmatch(part) or part.isalpha() for part in parts[:2]):
        return True
    return all(part[:1].isalpha() and not part.isalpha() for part in parts)


def _is_range(parts: list[str]) -> bool:
    found = _NUMBER_WORD.fullmatch(parts[1])
    return len(parts) == 2 and found is not None and found.group(2) in UNIT_WORDS  # noqa: PLR2004


def _after_number(parts: list[str]) -> list[Atom]:
    """`12-cup` is a measure, `2-in-1` a number and words, `18-55mm` two measures of one unit."""
    if last := _NUMBER_WORD.fullmatch(parts[1]):
        return [Atom(f"{end}{last[2]}", Kind.MEASURE, number(end), last[2]) for end in (parts[0], last[1])]
    if parts[1] in UNIT_WORDS:
        measure = Atom("".join(parts[:2]), Kind.MEASURE, number(parts[0]), parts[1])
        return [measure, *(_word(part) for part in parts[2:])]
    return [Atom(parts[0], Kind.NUMBER, number(parts[0])), *(_word(part) for part in parts[1:])]


def _letters(piece: str, parts: list[str]) -> list[Atom]:
    if parts[-1] == "s":
        parts = parts[:-1]
    if len(parts) > 1 and "." in piece and all(len(part) == 1 for part in parts):
        return [_word("".join(parts))]
    return [atom for part in parts for atom in _core(part)]


def _are_years(first: str, last: str) -> bool:
    """`2019-2024`, `2019-24`."""
    if len(first) != 4 or first[:2] not in _CENTURIES:  # noqa: PLR2004
        return False
    return last[:2] in _CENTURIES if len(last) == 4 else len(last) == 2 and last.isdecimal() and last > first[2:]  # noqa: PLR2004


def _digits(piece: str, parts: list[str]) -> list[Atom]:
    if "-" in piece and len(parts) == 2 and _are_years(*parts):  # noqa: PLR2004
        century = parts[0][: -len(parts[1])]
        first, last = sorted((int(parts[0]), int(century + parts[1])))
        return [Atom(str(year), Kind.NUMBER, float(year)) for year in range(first, min(last, first + _MOST_YEARS) + 1)]
    if sum(map(len, parts)) >= _DIGITS_OF_A_CODE and "-" in piece:
        return [Atom("".join(parts), Kind.CODE)]
    if "/" in piece and len(parts) == 2 and parts[1] in {"2", "3", "4", "8", "16"} and parts[0] < parts[1]:  # noqa: PLR2004
        return [Atom(piece, Kind.NUMBER, int(parts[0]) / int(parts[1]))]
    return [Atom(part, Kind.NUMBER, float(part)) for part in parts]
