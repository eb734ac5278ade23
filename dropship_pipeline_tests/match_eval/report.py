"""The tables that `make match-eval` prints."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import get_args

from dropship_pipeline.matching.model import Model
from dropship_pipeline.models import Band
from dropship_pipeline_tests.match_eval.bands import choose
from dropship_pipeline_tests.match_eval.figures import Judged, bands, decision, judged
from dropship_pipeline_tests.match_eval.learning import Learnt, Titles, learn
from dropship_pipeline_tests.match_eval.pairs import LabelledPair, PairFile, read_own
from dropship_pipeline_tests.match_eval.training import leave_out, teaching, unseen

# Half the titles of the second set stand in the first too, so a model that has seen one has seen the other.
_KIN = {"promap_amazon_walmart": "walmart_amazon"}
_WORST = 10

Say = Callable[[str], None]


def transfer_report(files: Sequence[PairFile], shipped: Model, titles: Titles, say: Say) -> str:
    """For each family a model that has seen nothing of it, one threshold for all, and beside it the shipped model."""
    families = teaching(files, read_own("development"))
    without = leave_out(families, titles, say)
    everything: Learnt | None = None
    chosen = choose(unseen(families, without, titles), ())
    lines = [
        f"one threshold for all: unseen {chosen['decide_from']}, shipped {shipped.version} {shipped.decide_from}",
        "",
    ]
    heads = "".join(f"   {f'{name} F1':>10}{'P':>7}{'R':>7}" for name in ("unseen", "shipped"))
    lines.append(f"{'':28}{'pairs':>7}{'matches':>9}{heads}")
    worst: list[str] = []
    for name, pairs in _tested(files):
        family = next(file.family for file in files if name.startswith(file.family))
        learnt = without.get(_KIN.get(family, family))
        if learnt is None:
            everything = learnt = everything or learn(families, titles)
        model = learnt.model("unseen", chosen)
        theirs = judged(pairs, titles.evidence(pairs, model.rarity), model)
        ours = judged(pairs, titles.evidence(pairs, shipped.rarity), shipped)
        lines.append(_row(name, theirs, model, ours, shipped))
        worst += ["", f"{name}, the {_WORST} worst errors of the unseen model:", *_worst(theirs, model)]
    return "\n".join([*lines, *worst])


def _tested(files: Sequence[PairFile]) -> Iterator[tuple[str, list[LabelledPair]]]:
    """The test file of each family; of a family without parts all files together; of an unknown file itself."""
    by_family: defaultdict[str, list[PairFile]] = defaultdict(list)
    for file in files:
        by_family[file.family].append(file)
    for family, of_family in by_family.items():
        tests = [file for file in of_family if file.part == "test"] or [file for file in of_family if not file.part]
        if tests:
            yield (tests[0].name if len(tests) == 1 else family), [pair for file in tests for pair in file.pairs]


def _row(name: str, theirs: Sequence[Judged], model: Model, ours: Sequence[Judged], shipped: Model) -> str:
    left, right = decision(theirs, model.decide_from), decision(ours, shipped.decide_from)
    matches = sum(one.pair.match for one in theirs)
    figures = "".join(f"   {one.f1:>10.3f}{one.precision:>7.2f}{one.recall:>7.2f}" for one in (left, right))
    return f"{name:28}{len(theirs):>7,}{matches:>9,}{figures}"


def _worst(pairs: Sequence[Judged], model: Model) -> list[str]:
    wrong = [one for one in pairs if (one.match.probability >= model.decide_from) != one.pair.match]
    wrong.sort(key=lambda one: -abs(one.match.probability - one.pair.match))
    return [
        f"  {'a match ' if one.pair.match else 'no match'} {one.match.probability:.3f}  "
        f"{one.pair.title_a}  |  {one.pair.title_b}"
        for one in wrong[:_WORST]
    ]


def own_report(shipped: Model, titles: Titles) -> str:
    """The bands of the shipped model on this repository's pairs, in all and for each kind."""
    lines = [f"model {shipped.version}, accept from {shipped.accept_from}, review from {shipped.review_from}"]
    for split in ("development", "held"):
        pairs = read_own(split)
        lines += ["", *_bands_table(split, judged(pairs, titles.evidence(pairs, shipped.rarity), shipped))]
    return "\n".join(lines)


def _bands_table(split: str, pairs: Sequence[Judged]) -> Iterator[str]:
    found = bands(pairs)
    yield (
        f"{split}: {len(pairs)} pairs; accept precision {found.precision:.3f}, recall {found.recall:.3f}; "
        f"non-matches accepted {found.false_accepts:.3f}, matches rejected {found.false_rejects:.3f}; "
        f"review {found.review:.3f}"
    )
    yield f"{'kind':20}{'match':>6}{'pairs':>7}{'accept':>8}{'review':>8}{'reject':>8}"
    for (match, kind), of_kind in sorted(_by_kind(pairs).items(), reverse=True):
        shares = [sum(one.match.band == band for one in of_kind) / len(of_kind) for band in get_args(Band)]
        yield f"{kind:20}{'yes' if match else 'no':>6}{len(of_kind):>7}" + "".join(f"{share:>8.2f}" for share in shares)


def _by_kind(pairs: Sequence[Judged]) -> Mapping[tuple[bool, str], list[Judged]]:
    found: defaultdict[tuple[bool, str], list[Judged]] = defaultdict(list)
    for one in pairs:
        found[one.pair.match, one.pair.kind].append(one)
    return found
