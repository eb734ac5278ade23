"""How often a photograph is found again after an alteration, and how often another one is taken for it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from random import Random

from dropship_pipeline.matching.photos.photo import AmazonPhoto, amazon_photo, compare_photos, photo_hash
from dropship_pipeline.matching.values import PhotoBand
from dropship_pipeline_tests.photo_set.alterations import Alteration, recoloured
from dropship_pipeline_tests.photo_set.shots import Shot


@dataclass(slots=True)
class Figures:
    """Counts of one measurement.

    Args:
        shots: photographs.
        found: alteration to the bands of the altered photograph beside its own original.
        strangers: bands of altered photographs beside originals of other lines.
        relatives: bands beside originals of the same line: another colour, print or detail.
        recoloured: bands of a photograph with its hues turned beside its own original.
    """

    shots: int = 0
    found: dict[str, Counter[PhotoBand]] = field(default_factory=dict)
    strangers: Counter[PhotoBand] = field(default_factory=Counter)
    relatives: Counter[PhotoBand] = field(default_factory=Counter)
    recoloured: Counter[PhotoBand] = field(default_factory=Counter)

    def share_found(self, alteration: str) -> float:
        """Share of the photographs that are `same` after this alteration."""
        return self.found[alteration][PhotoBand.SAME] / self.shots

    def share_false(self) -> float:
        """Share of `same` among all pairs of different photographs, those of one line included."""
        different = self.strangers + self.relatives
        return different[PhotoBand.SAME] / different.total()


def measure(shots: Iterable[Shot], alterations: Mapping[str, Alteration]) -> Figures:
    """Compare every original with every altered photograph."""
    figures = Figures(found={name: Counter() for name in alterations})
    lines: list[int] = []
    originals: list[AmazonPhoto] = []
    hashes: list[dict[str, int | None]] = []
    for shot in shots:
        rng = Random(f"alterations {shot.family} {shot.member}")
        lines.append(shot.family)
        originals.append(amazon_photo(shot.image))
        hashes.append({name: photo_hash(alter(shot.image, rng)) for name, alter in alterations.items()})
        figures.recoloured[compare_photos(originals[-1], photo_hash(recoloured(shot.image, rng))).band] += 1
    figures.shots = len(originals)
    for mine, original in enumerate(originals):
        for other, altered in enumerate(hashes):
            for name, value in altered.items():
                band = compare_photos(original, value).band
                if mine == other:
                    figures.found[name][band] += 1
                else:
                    (figures.relatives if lines[mine] == lines[other] else figures.strangers)[band] += 1
    return figures
