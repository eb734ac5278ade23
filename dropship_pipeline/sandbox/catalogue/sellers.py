"""The sellers of the generated eBay, and how one seller's name is spelled in many ways."""

import unicodedata
import zlib
from dataclasses import dataclass
from random import Random

from dropship_pipeline.sandbox.catalogue.vocabulary import SELLER_FIRST, SELLER_LAST

SELLER_COUNT = 400


@dataclass(frozen=True, slots=True)
class EbaySeller:
    """A seller; `name` is the normalized one, which no two sellers share."""

    name: str
    percent: float
    count: int

    @property
    def takes_amazons_photos(self) -> bool:
        """Whether the seller copies pictures instead of taking them: one in four does."""
        return zlib.crc32(self.name.encode()) % 4 == 0


def normalized(name: str) -> str:
    """A seller's name without case and white space differences: what makes two spellings one seller."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).lower()


def make_sellers(seed: int) -> tuple[EbaySeller, ...]:
    """All sellers of a catalogue; a quarter of them have a name of two words."""
    rng = Random(seed)  # noqa: S311
    sellers = []
    for number in range(SELLER_COUNT):
        first, last = SELLER_FIRST[number % 20], SELLER_LAST[number // 20]
        joint = rng.choice(("_", "-", ".", " "))
        percent = rng.choice((100.0, 99.8, 99.5, 99.1, 98.7, 97.4, 95.0))
        sellers.append(EbaySeller(f"{first}{joint}{last}", percent, int(10 ** (rng.random() * 5.5)) + 1))
    return tuple(sellers)


def spelling(rng: Random, name: str) -> str:
    """The name as some listing writes it: another case, other white space."""
    spellings = (
        name,
        name,
        name.upper(),
        name.title(),
        f"  {name} ",
        name.replace(" ", "  "),
        name.replace(" ", "\xa0"),
    )
    return rng.choice(spellings)
