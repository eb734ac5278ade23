"""Reads the numbers of a title while it is walked over, and what words say of them: measures, packs, years, sizes."""

from dropship_pipeline.matching.titles.amounts import (
    PIECES,
    NumberRead,
    dimensions_of,
    is_pack_of_measures,
    is_times,
    number_at,
    sides_at,
)
from dropship_pipeline.matching.titles.lexicon import NUMBERS, Meaning, is_generation, means
from dropship_pipeline.matching.titles.reading import Reading
from dropship_pipeline.matching.titles.text import Atom, Kind

_PIECE_KINDS = frozenset({"pack", "count"})
_YEARS = range(1950, 2036)
_YEAR_LETTERS = 4
_NOT_OF_YEARS = frozenset({"pairs", "tb"})  # `fits 2013 to 2019, pair`: `To` is a terabyte in French
_JAPANESE_SIZES = {"3l", "4l", "5l"}  # of clothes; of a pot they are litres
_OF = frozenset({"of", "a", "de", "da", "di", "von", "je", "mit", "com", "con", "van", "po", "zu"})
_HOLDING = frozenset({"mit", "com", "con"})  # `confezioni con 6`; behind pieces they say what comes with these
_STARTS = frozenset({"", ",", "(", "-", "|"})
_PACKS = range(2, 49)
_WORDS_OF_A_PACK = 3
SIZE_LETTERS = frozenset({"s", "m", "l", "xs", "xl"})
ROMAN = {"ii": 2.0, "iii": 3.0, "iv": 4.0, "vi": 6.0, "vii": 7.0, "viii": 8.0}
_ROMAN_ALL = {**ROMAN, "i": 1.0, "v": 5.0, "x": 10.0}  # behind `generation`
ENDS_ZONE = frozenset({",", ")", "|", ";", "-", "(", "!", "]", "["})
_ORDINAL_ENDINGS = frozenset({"a", "o", "e"})


class NumberWalk:
    """Where the walk over a title's atoms is, and how it reads a number there.

    Args:
        atoms: of the title.
        reading: takes what is found.
    """

    __slots__ = ("atoms", "position", "reading")

    def __init__(self, atoms: list[Atom], reading: Reading) -> None:
        self.atoms = atoms
        self.reading = reading
        self.position = 0

    def is_before(self, kind: str) -> bool:
        """Whether the next word has a meaning of this kind."""
        following = self.atoms[self.position + 1] if self.position + 1 < len(self.atoms) else None
        return following is not None and means(following.text, kind)

    def number(self, atom: Atom) -> None:
        """Read the number here, and go to the last atom that belongs to it."""
        if atom.unit in _ORDINAL_ENDINGS and is_generation(atom.value) and self.is_before("generation"):
            self.reading.generations.add(int(atom.value))
            self.position += 1
            return
        if atom.text in _JAPANESE_SIZES and self.reading.named["audience"]:
            self.reading.named["size"].add(atom.text)
            return
        sides, taken = sides_at(self.atoms, self.position)
        after = self.position + taken
        reading, first = self.reading, sides[0]
        if len(sides) > 1 and is_pack_of_measures(sides):
            last = sides[-1]
            if last.unit is not None and last.unit.kind == "pack":  # `4 x 4pk` are sixteen
                reading.amounts.pack(first.value * last.value, f"{atom.text} x {last.value:g}")
                self.position = after - 1
                return
            reading.amounts.pack(first.value, f"{atom.text} x")
            self._measure(after - sides[-1].taken, after)
        elif len(sides) > 1 and not any(side.unit and side.unit.kind in _PIECE_KINDS for side in sides):
            dimensions, known = dimensions_of(sides)
            reading.dimensions(dimensions, known=known)
        elif first.unit is None or (
            first.unit.name in _NOT_OF_YEARS and atom.text.isdecimal() and atom.value in _YEARS
        ):
            after = self.position + 1
            self._bare(atom)
        else:
            after = self._of_pieces(first, self.position + first.taken)
        self.position = after - 1

    def _of_pieces(self, first: NumberRead, position: int) -> int:
        """`5 packs of 4`, `18 rolls of 15 bags`, `2 boxes x 24`: the number behind is what one of them holds."""
        atoms, amounts, kind = self.atoms, self.reading.amounts, first.unit.kind if first.unit else ""
        joint = atoms[position].text if position + 1 < len(atoms) else ""
        if kind in _PIECE_KINDS and (joint in _OF or joint == "x") and not (kind == "count" and joint in _HOLDING):
            held = number_at(atoms, position + 1)
            each = _PIECE_KINDS if joint != "x" else {"count"}  # `12 ct x 3 boxes` is the other way round
            if atoms[position + 1].kind is Kind.NUMBER and (held.unit is None or held.unit.kind in each):
                written = " ".join(atom.text for atom in atoms[self.position : position])
                if held.value == first.value:  # `10 boxes of 10`: one number would be read as said twice
                    amounts.pack(first.value * held.value, f"{written} {joint} {held.value:g}")
                else:
                    amounts.pack(first.value, written)
                    amounts.count(held.value, atoms[position + 1].text)
                return position + 1 + held.taken
        self._measure(self.position, position)
        return position

    def _measure(self, start: int, after: int) -> None:
        read = sides_at(self.atoms, start)[0][0]
        if read.unit is None or is_times(read, self.atoms, after):
            return
        written = " ".join(atom.text for atom in self.atoms[start:after] if atom.text != "-")
        unit = read.unit
        if unit.kind == "pack" and start > 0 and self.atoms[start - 1].text == "x":
            unit = PIECES  # `12 ct x 3 boxes`: each holds what was said before
        self.reading.measure(read.value, unit, written, in_brackets=self._in_brackets(start))

    def _in_brackets(self, start: int) -> bool:
        return start > 0 and self.atoms[start - 1].text == "("

    def _bare(self, atom: Atom) -> None:
        """A number without a unit: a generation, a year, a pack as in `x 2`, or part of a name."""
        reading, value, at = self.reading, atom.value, self.position
        following = self.atoms[at + 1].text if at + 1 < len(self.atoms) else ""
        before = self.atoms[at - 1].text if at else ""
        if means(following, "generation") and is_generation(value):
            reading.generations.add(int(value))
        elif means(following, "total"):
            reading.amounts.count(value, atom.text)
            reading.amounts.total_said = True
        elif following == "x" and before in _STARTS and value in _PACKS:
            reading.amounts.pack(value, f"{atom.text} x")
        elif before == "x" and (reading.amounts.counts or reading.amounts.measures):
            reading.amounts.pack(value, f"x {atom.text}")
        elif value in _YEARS and len(atom.text) == _YEAR_LETTERS:
            reading.years.add(int(value))
            reading.word(atom.text)
        else:
            reading.bare_number(value, atom.text)

    def as_number(self, position: int) -> Atom:
        """The atom at a position; `two` becomes the number that it says."""
        atom = self.atoms[position]
        value = NUMBERS.get(atom.text)
        if value is not None:
            self.atoms[position] = atom = Atom(f"{value:g}", Kind.NUMBER, value)
        return atom

    def before_number(self, meaning: Meaning, tokens: tuple[str, ...]) -> None:
        """Words that say what the next number is: `gen 3`, `pack of 6`, `size 10`, `EU 42`."""
        atoms, at, reading = self.atoms, self.position, self.reading
        following = self.as_number(at) if at < len(atoms) else None
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
                reading.named["size"].add(f"{system}{following.value:g}")
            self.position = at + 1
        elif following is not None and meaning.kind == "generation" and following.text in _ROMAN_ALL:
            reading.generations.add(int(_ROMAN_ALL[following.text]))
            self.position = at + 1
        elif following is not None and meaning.kind == "size_word" and _is_size(following.text):
            reading.named["size"].add(following.text)
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
                return atom.value if atom.value in _PACKS and not sized else 0
            if atom.text in ENDS_ZONE - {"-"}:
                return 0
        return 0

    def written_ordinal(self, value: int, tokens: tuple[str, ...]) -> None:
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
        return read.taken - 1 if read.unit is not None and read.unit.kind in _PIECE_KINDS else 0


def _is_size(text: str) -> bool:
    """Behind `size` any letter is one, as those of rings."""
    return text in SIZE_LETTERS or (len(text) == 1 and text.isalpha())
