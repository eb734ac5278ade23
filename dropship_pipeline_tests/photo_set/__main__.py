"""`python -m dropship_pipeline_tests.photo_set`: the figures of docs/photo-evidence.md, as Markdown.

The thresholds were chosen on lines 0 to 119 alone. Lines 120 to 184 are only ever measured.
"""

import sys
from collections import Counter

from dropship_pipeline.matching.values import PhotoBand
from dropship_pipeline_tests.photo_set.alterations import ALTERATIONS
from dropship_pipeline_tests.photo_set.measure import Figures, measure
from dropship_pipeline_tests.photo_set.shots import draw_shots

HALVES = {"chosen on": range(120), "held back": range(120, 185)}


def main(halves: list[str]) -> None:
    """Measure the halves that are named, or both."""
    for name in halves or list(HALVES):
        figures = measure(draw_shots(HALVES[name]), {key: alter for key, (alter, _) in ALTERATIONS.items()})
        sys.stdout.write(f"### {name}: {figures.shots} photographs of {len(HALVES[name])} lines\n\n{_table(figures)}\n")


def _table(figures: Figures) -> str:
    rows = ["| alteration | same | similar | other | goal |", "|---|---|---|---|---|"]
    rows += [
        f"| {name} | {_shares(figures.found[name])} | {f'{goal:.2f}' if goal else ''} |"
        for name, (_, goal) in ALTERATIONS.items()
    ]
    rows.append(f"| hues turned: not the same picture | {_shares(figures.recoloured)} | |")
    rows += ["", "| pairs of different photographs | pairs | same | similar | other |", "|---|---|---|---|---|"]
    different = {"of different lines": figures.strangers, "of one line": figures.relatives}
    for name, bands in {**different, "all": figures.strangers + figures.relatives}.items():
        rows.append(f"| {name} | {bands.total():,} | {_shares(bands, places=5)} |")
    return "\n".join(rows) + "\n"


def _shares(bands: Counter[PhotoBand], *, places: int = 3) -> str:
    shown = (PhotoBand.SAME, PhotoBand.SIMILAR, PhotoBand.OTHER)
    return " | ".join(f"{bands[band] / bands.total():.{places}f}" for band in shown)


if __name__ == "__main__":
    main(sys.argv[1:])
