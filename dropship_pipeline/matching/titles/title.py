"""Reads a title once: walks over its atoms and sorts each word into what it says."""

import re
from collections.abc import Iterable

from dropship_pipeline.matching.rarity import Rarity, shipped_rarity
from dropship_pipeline.matching.titles.amounts import sides_at
from dropship_pipeline.matching.titles.folding import stem
from dropship_pipeline.matching.titles.lexicon import (
    ABOUT_PHRASES,
    HINTS,
    NUMBERS,
    PHRASES,
    REPLACEMENT_PREFIXES,
    SPEC,
    STANDARDS,
    WORD_KINDS,
    Meaning,
    is_generation,
    means,
)
from dropship_pipeline.matching.titles.notation import plain
from dropship_pipeline.matching.titles.numerals import PACKS, PIECE_KINDS, NumberWalk
from dropship_pipeline.matching.titles.reading import ZONE_OF, Reading
from dropship_pipeline.matching.titles.text import Atom, Kind, atoms_of
from dropship_pipeline.matching.values import TitleFacts

_GENERATION = re.compile(r"(?:gen|mk)(\d+)")
_WAIST_CODE = re.compile(r"(\d\d)inseam(\d\d)")
_TODDLER = re.compile(r"[1-7]t")
_SIZE_LETTERS = {"s", "m", "l", "xs", "xl"}
_ROMAN = {"ii": 2.0, "iii": 3.0, "iv": 4.0, "vi": 6.0, "vii": 7.0, "viii": 8.0}
_ROMAN_ALL = {**_ROMAN, "i": 1.0, "v": 5.0, "x": 10.0}  # behind `generation`
_ENDS_ZONE = frozenset({",", ")", "|", ";", "-", "(", "!", "]", "["})
_TIMES_CODE = re.compile(r"x(\d{1,3})")
_WORDS_OF_A_PACK = 3
_PACKS = frozenset({"pack", "set"})
_NOT_SIZED = (Kind.NUMBER, Kind.CODE, Kind.MEASURE)  # no sets of kinds: to hash one takes longer than to read a word


def read_title(title: str, rarity: Rarity | None = None) -> TitleFacts:
    """Read a title.

    Args:
        title: in any language of the sites that are supported; any text is read, an empty one says nothing.
        rarity: how rare words are; the shipped table where it is left out.
    """
    text, fitment = plain(title)
    reading = _Walk(atoms_of(text), rarity or shipped_rarity()).read()
    reading.fitment = {atom.text for atom in atoms_of(fitment) if atom.kind is not Kind.MARK}
    return reading.facts(title)


def _is_size(text: str) -> bool:
    """Behind `size` any letter is one, as those of rings."""
    return text in _SIZE_LETTERS or (len(text) == 1 and text.isalpha())


class _Walk(NumberWalk):
    """Goes over the atoms from left to right, once."""

    __slots__ = ("languages", "stems", "subject_until", "texts")

    def __init__(self, atoms: list[Atom], rarity: Rarity) -> None:
        super().__init__(atoms, Reading(rarity))
        self.subject_until = 0
        self.texts = tuple([atom.text for atom in atoms])
        self.languages = {language for text in self.texts for language in HINTS.get(text, ())}
        self.stems = tuple([stem(text) for text in self.texts])

    def read(self) -> Reading:
        atoms, end = self.atoms, len(self.atoms)
        while self.position < end:
            atom = atoms[self.position]
            singular = self.stems[self.position]
            if self.position >= self.subject_until:
                self._subject(singular)
            if self._phrase(atom.text) or (singular != atom.text and self._phrase(singular)):
                continue
            self._atom(atom)
        return self.reading

    def _subject(self, first: str) -> None:
        """A thing, or a side of one, that begins here; its words are read as others are."""
        at = self.position
        for length in ABOUT_PHRASES.lengths.get(first, ()):
            tokens = self.stems[at : at + length]
            meanings = self._meant(ABOUT_PHRASES.meanings.get(tokens, ()))
            if meanings:
                self.reading.about(meanings, tokens)
                self.subject_until = at + len(tokens)
                return

    def _phrase(self, first: str) -> bool:
        """Take the phrase that begins here, as it stands in the lists or in its plural."""
        at = self.position
        for length in PHRASES.lengths.get(first, ()):
            tokens = (first, *self.texts[at + 1 : at + length])
            found = PHRASES.meanings.get(tokens)
            if found is None:
                tokens = (first, *self.stems[at + 1 : at + length])
                found = PHRASES.meanings.get(tokens, ())
            meanings = self._meant(found)
            if meanings and not self._counts(tokens):
                self.position += len(tokens)
                # `for` within the name of a thing (`macchina per pasta`) begins nothing.
                if at >= self.subject_until or meanings[0].kind not in ZONE_OF:
                    self._mean(meanings, tokens)
                return True
        return False

    def _meant(self, meanings: Iterable[Meaning]) -> list[Meaning]:
        """Those that a phrase has in the languages of this title."""
        return [meaning for meaning in meanings if not meaning.language or meaning.language in self.languages]

    def _counts(self, tokens: tuple[str, ...]) -> bool:
        """`battery pack of 24`: the last word of a phrase says how many there are, and is no part of a name."""
        at = self.position + len(tokens)
        following = [atom.kind is Kind.NUMBER or atom.text == "of" for atom in self.atoms[at : at + 2]]
        return len(tokens) > 1 and tokens[-1] in _PACKS and following == [True, True]

    def _mean(self, meanings: list[Meaning], tokens: tuple[str, ...]) -> None:
        first = meanings[0]
        if first.kind == "ordinal":
            self._written_ordinal(int(first.name), tokens)
            return
        if first.kind == "number":
            self.position -= 1
            self._atom(self._as_number(self.position))
            return
        if first.kind == "number_word":
            self.reading.amounts.pack(float(first.name), " ".join(tokens))
            return
        if first.kind == "pair":
            self.reading.numbers.add(2.0)
            return
        if tokens == ("+",):
            self.reading.plus()
            return
        if first.kind in {"generation", "pack_of", "size_word", "size_system"}:
            self._before_number(first, tokens)
            return
        written = " ".join(tokens)
        for meaning in meanings:
            self.reading.mean(meaning, written)
        name = next((meaning.name for meaning in meanings if meaning.kind in WORD_KINDS), None)
        if name is not None:
            self.reading.word(name)

    def _as_number(self, position: int) -> Atom:
        """The atom at a position; `two` becomes the number that it says."""
        atom = self.atoms[position]
        value = NUMBERS.get(atom.text)
        if value is not None:
            self.atoms[position] = atom = Atom(f"{value:g}", Kind.NUMBER, value)
        return atom

    def _before_number(self, meaning: Meaning, tokens: tuple[str, ...]) -> None:
        """Words that say what the next number is: `gen 3`, `pack of 6`, `size 10`, `EU 42`."""
        atoms, at, reading = self.atoms, self.position, self.reading
        following = self._as_number(at) if at < len(atoms) else None
        if following is not None and following.text in {":", "."} and at + 1 < len(atoms):
            following, at = atoms[at + 1], at + 1
        if following is not None and following.kind in (Kind.NUMBER, Kind.ORDINAL):
            if meaning.kind == "pack_of":
                self._packs_of(following, at, tokens)
                return
            if meaning.kind == "generation" and is_generation(following.value):
                reading.generation(int(following.value))
            elif meaning.kind == "generation" or (at + 1 < len(atoms) and atoms[at + 1].text == "x"):
                return  # `size 60 x 84`: the sides of a thing
            else:
                system = meaning.name if meaning.kind == "size_system" else ""
                reading.sizes.add(f"{system}{following.value:g}")
            self.position = at + 1
        elif following is not None and meaning.kind == "generation" and following.text in _ROMAN_ALL:
            reading.generations.add(int(_ROMAN_ALL[following.text]))
            self.position = at + 1
        elif following is not None and meaning.kind == "size_word" and _is_size(following.text):
            reading.sizes.add(following.text)
            self.position = at + 1
        elif meaning.kind == "size_system":
            reading.word(tokens[0])
        elif meaning.kind == "generation":
            reading.edition(tokens[0])

    def _packs_of(self, held: Atom, at: int, tokens: tuple[str, ...]) -> None:
        """`pack of 6`; in `8 flip-top packs of 72` the number says what one of them holds."""
        amounts = self.reading.amounts
        packs = self._packs_before(at - len(tokens))
        if packs:
            amounts.pack(packs, f"{packs:g} {tokens[0]}")
            amounts.count(held.value, held.text)
        else:
            amounts.pack(held.value, f"{' '.join(tokens)} {held.text}")
        self.position = at + 1 + self._pieces_after(at + 1)

    def _packs_before(self, position: int) -> float:
        """`8 flip-top packs of 72`: the number a word or two before `packs of`; 0 where there is none."""
        if not self.atoms[position].text.endswith("s"):
            return 0
        for at in range(position - 1, max(position - _WORDS_OF_A_PACK, 0) - 1, -1):
            atom = self.atoms[at]
            if atom.kind is Kind.NUMBER:
                sized = at > 0 and means(self.atoms[at - 1].text, "size_word")  # `nappies size 4 packs of 72`
                return atom.value if atom.value in PACKS and not sized else 0
            if atom.text in _ENDS_ZONE - {"-"}:
                return 0
        return 0

    def _written_ordinal(self, value: int, tokens: tuple[str, ...]) -> None:
        """`second edition`, `prima generazione`; without such a word the ordinal is a word."""
        following = self.atoms[self.position].text if self.position < len(self.atoms) else ""
        if means(following, "generation"):
            self.reading.generations.add(value)
            self.position += 1
        else:
            self.reading.word(tokens[0])

    def _pieces_after(self, position: int) -> int:
        """`pack of 6 rolls`: the word after the number counts the same pieces."""
        read = sides_at(self.atoms, position - 1)[0][0]
        return read.taken - 1 if read.unit is not None and read.unit.kind in PIECE_KINDS else 0

    def _atom(self, atom: Atom) -> None:
        kind = atom.kind
        if kind is Kind.WORD:
            self._word(atom.text)
        elif kind in (Kind.NUMBER, Kind.MEASURE):
            self.number(atom)
        elif kind is Kind.CODE:
            self._code(atom.text)
        elif kind is Kind.ORDINAL:
            self._ordinal(atom)
        elif atom.text in _ENDS_ZONE:
            self.reading.break_segment()
        self.position += 1

    def _word(self, text: str) -> None:
        if text in _SIZE_LETTERS and (self._stands_alone() or self.is_before("size_word")):
            self.reading.sizes.add(text)
            return
        roman = _ROMAN.get(text)
        if roman is not None:
            self.reading.numbered_by_name(roman)
        if text.startswith(REPLACEMENT_PREFIXES):
            self.reading.flags.add("replacement")
        self.reading.word(stem(text))

    def _stands_alone(self) -> bool:
        """A letter between commas or at the end, or after a colour: a size, not a name."""
        before = self.atoms[self.position - 1] if self.position else None
        last = self.position + 1 == len(self.atoms) or self.atoms[self.position + 1].text in {",", ")", "/"}
        return before is not None and last and before.kind not in _NOT_SIZED

    def _ordinal(self, atom: Atom) -> None:
        following = self.atoms[self.position + 1] if self.position + 1 < len(self.atoms) else None
        if following is not None and means(following.text, "generation"):
            self.reading.generations.add(int(atom.value))
            self.position += 1
        else:
            self.reading.word(atom.text)

    def _code(self, text: str) -> None:
        times = _TIMES_CODE.fullmatch(text)
        if times is not None and self._counts_pieces():
            self.reading.amounts.pack(float(times.group(1)), text)
            return
        waist = _WAIST_CODE.fullmatch(text)
        if waist is not None or _TODDLER.fullmatch(text):
            self.reading.sizes.add("x".join(waist.groups()) if waist else text)
            self.reading.word(text)
            return
        generation = _GENERATION.fullmatch(text)
        if generation is not None and STANDARDS.isdisjoint(self.reading.order):
            self.reading.generations.add(int(generation.group(1)))
        if SPEC.fullmatch(text):
            self.reading.spec(text)
        else:
            self.reading.code(text)

    def _counts_pieces(self) -> bool:
        """`x20` after a plural or at either end counts pieces; in `Kestrel X2 Drone` it is a name."""
        before = self.atoms[self.position - 1] if self.position else None
        plural = before is not None and (before.kind is Kind.MEASURE or stem(before.text) != before.text)
        return before is None or plural or self.position + 1 == len(self.atoms)
