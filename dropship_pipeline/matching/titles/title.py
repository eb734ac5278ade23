"""Reads a title once: walks over its atoms and sorts each word into what it says."""

import re
from collections.abc import Sequence

from dropship_pipeline.matching.rarity import Rarity, shipped_rarity
from dropship_pipeline.matching.titles.lexicon import (
    ABOUT_PHRASES,
    HINTS,
    PHRASES,
    REPLACEMENT_PREFIXES,
    SPEC,
    STANDARDS,
    WORD_KINDS,
    Meaning,
    means,
    things_at,
)
from dropship_pipeline.matching.titles.notation import plain
from dropship_pipeline.matching.titles.numerals import ENDS_ZONE, ROMAN, SIZE_LETTERS, NumberWalk
from dropship_pipeline.matching.titles.reading import ZONE_OF, Reading
from dropship_pipeline.matching.titles.text import Atom, Kind, atoms_of
from dropship_pipeline.matching.values import TitleFacts

_GENERATION = re.compile(r"(?:gen|mk)(\d+)")
_WAIST_CODE = re.compile(r"(\d\d)inseam(\d\d)")
_TODDLER = re.compile(r"[1-7]t")
_LONGEST_NUMERAL = max(map(len, ROMAN))
_TIMES_CODE = re.compile(r"x(\d{1,3})")
_PACKS = frozenset({"pack", "set"})
# `Akku Heckenschere` is a cordless one; `Akku Notebook` and `Akku Heckenschere 4 Ah` are batteries.
_DRIVEN_BY, _CORDLESS = frozenset({"akku", "accu"}), PHRASES.meanings[("cordless",)]
_OF_CHARGE = frozenset({"ah", "mah", "wh"})
_DRIVEN = frozenset({
    "hedge-trimmer", "lawn-mower", "grass-trimmer", "chainsaw", "leaf-blower", "pruning-saw", "pruning-shears", "drill",
    "screwdriver", "impact-driver", "impact-wrench", "circular-saw", "jigsaw", "angle-grinder", "sander", "rotary-tool",
})  # fmt: skip
_OF_NUMBERS = frozenset({
    "ordinal", "number", "number_word", "pair", "generation", "pack_of", "size_word", "size_system",
})  # fmt: skip
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


class _Walk(NumberWalk):
    """Goes over the atoms from left to right, once."""

    __slots__ = ("languages", "stems", "subject_until", "texts")

    def __init__(self, atoms: list[Atom], rarity: Rarity) -> None:
        super().__init__(atoms, Reading(rarity))
        self.subject_until = 0
        self.texts = tuple([atom.text for atom in atoms])
        self.stems = tuple([atom.stem for atom in atoms])
        self.languages: set[str] | None = None

    def read(self) -> Reading:
        atoms, end = self.atoms, len(self.atoms)
        things, phrases = ABOUT_PHRASES.lengths, PHRASES.lengths  # asked here, since a call for each word takes longer
        while self.position < end:
            atom = atoms[self.position]
            text, singular = atom.text, self.stems[self.position]
            if singular in things and self.position >= self.subject_until:
                self._subject(singular)
            if text in phrases and self._phrase(text):
                continue
            if singular != text and singular in phrases and self._phrase(singular):
                continue
            self._atom(atom)
        return self.reading

    def _subject(self, first: str) -> None:
        """A thing, or a side of one, that begins here; its words are read as others are."""
        at = self.position
        for length in ABOUT_PHRASES.lengths[first]:
            tokens = self.stems[at : at + length]
            found = ABOUT_PHRASES.meanings.get(tokens)
            if found and (meanings := self._meant(found)):
                self.reading.about(meanings, tokens)
                self.subject_until = at + len(tokens)
                return

    def _phrase(self, first: str) -> bool:
        """Take the phrase that begins here, as it stands in the lists or in its plural."""
        at = self.position
        for length in PHRASES.lengths[first]:
            tokens = (first, *self.texts[at + 1 : at + length])
            found = PHRASES.meanings.get(tokens)
            if found is None and length > 1:
                tokens = (first, *self.stems[at + 1 : at + length])
                found = PHRASES.meanings.get(tokens)
            if found is None:
                continue
            meanings = self._meant(found)
            if first in _DRIVEN_BY and self._drives(at + 1):
                meanings = _CORDLESS
            if meanings and not (len(tokens) > 1 and self._counts(tokens)):
                self.position += len(tokens)
                # `for` within the name of a thing (`macchina per pasta`) begins nothing.
                if at >= self.subject_until or meanings[0].kind not in ZONE_OF:
                    self._mean(meanings, tokens)
                return True
        return False

    def _drives(self, at: int) -> bool:
        at += self.texts[at : at + 1] == ("-",)
        things = {meaning.name for name in things_at(self.stems[at:]) for meaning in ABOUT_PHRASES.meanings[name]}
        charged = not _OF_CHARGE.isdisjoint((*self.texts, *(atom.unit for atom in self.atoms)))
        return not _DRIVEN.isdisjoint(things) and not charged

    def _meant(self, meanings: Sequence[Meaning]) -> Sequence[Meaning]:
        """Those that a phrase has in the languages of this title."""
        for meaning in meanings:
            if meaning.language:
                languages = self._languages()
                return [one for one in meanings if not one.language or one.language in languages]
        return meanings

    def _languages(self) -> set[str]:
        if self.languages is None:
            self.languages = {language for text in self.texts for language in HINTS.get(text, ())}
        return self.languages

    def _counts(self, tokens: tuple[str, ...]) -> bool:
        """`battery pack of 24`: the last word of a phrase says how many there are, and is no part of a name."""
        if tokens[-1] not in _PACKS:
            return False
        at = self.position + len(tokens)
        return [atom.kind is Kind.NUMBER or atom.text == "of" for atom in self.atoms[at : at + 2]] == [True, True]

    def _mean(self, meanings: Sequence[Meaning], tokens: tuple[str, ...]) -> None:
        first = meanings[0]
        if first.kind in _OF_NUMBERS:
            self._of_number(first, tokens)
            return
        if tokens == ("+",):
            self.reading.plus()
            return
        written, name = " ".join(tokens), None
        for meaning in meanings:
            self.reading.mean(meaning, written)
            if name is None and meaning.kind in WORD_KINDS:
                name = meaning.name
        if name is not None:
            self.reading.word(name)

    def _of_number(self, meaning: Meaning, tokens: tuple[str, ...]) -> None:
        """Words that are a number, or say what the next one is."""
        if meaning.kind == "ordinal":
            self.written_ordinal(int(meaning.name), tokens)
        elif meaning.kind == "number":
            self.position -= 1
            self._atom(self.as_number(self.position))
        elif meaning.kind == "number_word":
            self.reading.amounts.pack(float(meaning.name), " ".join(tokens))
        elif meaning.kind == "pair":
            self.reading.numbers.add(2.0)
        else:
            self.before_number(meaning, tokens)

    def _atom(self, atom: Atom) -> None:
        kind = atom.kind
        if kind is Kind.WORD:
            self._word(atom)
        elif kind in (Kind.NUMBER, Kind.MEASURE):
            self.number(atom)
        elif kind is Kind.CODE:
            self._code(atom.text)
        elif kind is Kind.ORDINAL:
            self._ordinal(atom)
        elif atom.text in ENDS_ZONE:
            self.reading.break_segment()
        self.position += 1

    def _word(self, atom: Atom) -> None:
        text = atom.text
        if len(text) <= _LONGEST_NUMERAL:
            if text in SIZE_LETTERS and (self._stands_alone() or self.is_before("size_word")):
                self.reading.named["size"].add(text)
                return
            roman = ROMAN.get(text)
            if roman is not None:
                self.reading.numbered_by_name(roman)
        elif text.startswith(REPLACEMENT_PREFIXES):
            self.reading.flags.add("replacement")
        self.reading.word(atom.stem)

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
            self.reading.named["size"].add("x".join(waist.groups()) if waist else text)
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
        plural = before is not None and (before.kind is Kind.MEASURE or before.stem != before.text)
        return before is None or plural or self.position + 1 == len(self.atoms)
