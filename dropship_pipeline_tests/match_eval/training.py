"""Trains: one model that is shipped, and one for each family that has not seen it, by which the bands are chosen."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dropship_pipeline_tests.match_eval.bands import OPEN_BANDS, choose
from dropship_pipeline_tests.match_eval.figures import Judged, judged
from dropship_pipeline_tests.match_eval.learning import OWN, Learnt, Titles, learn
from dropship_pipeline_tests.match_eval.pairs import LabelledPair, PairFile, unique

# Of a large family as many pairs, evenly spread: more of one trade teach nothing about another.
_MOST_PAIRS = 7000
_LEAST_OF_EACH = 20

Say = Callable[[str], None]


def teaching(files: Sequence[PairFile], own: Sequence[LabelledPair]) -> dict[str, Sequence[LabelledPair]]:
    """The pairs of each family that may be learnt from; a family with too few of either label is left out."""
    families: dict[str, list[LabelledPair]] = {OWN: list(own)} if own else {}
    for file in files:
        if file.may_teach:
            families.setdefault(file.family, []).extend(file.pairs)
    kept: dict[str, Sequence[LabelledPair]] = {}
    for family, pairs in families.items():
        distinct = unique(pairs)
        step = -(-len(distinct) // _MOST_PAIRS)
        matches = sum(pair.match for pair in distinct)
        if min(matches, len(distinct) - matches) >= _LEAST_OF_EACH:
            kept[family] = distinct[::step]
    return kept


def leave_out(families: Mapping[str, Sequence[LabelledPair]], titles: Titles, say: Say) -> dict[str, Learnt]:
    """For each family a model of all the others."""
    found = {}
    for family in families:
        say(f"learning without {family}")
        found[family] = learn({name: pairs for name, pairs in families.items() if name != family}, titles)
    return found


def unseen(
    families: Mapping[str, Sequence[LabelledPair]], without: Mapping[str, Learnt], titles: Titles
) -> dict[str, list[Judged]]:
    """What each model says about the family that it has not seen."""
    found = {}
    for family, pairs in families.items():
        model = without[family].model("unseen", OPEN_BANDS)
        found[family] = judged(pairs, titles.evidence(pairs, model.rarity), model)
    return found


def _own_unseen(families: Mapping[str, Sequence[LabelledPair]], titles: Titles) -> list[Judged]:
    """Each half of the own pairs, judged by a model of everything but that half."""
    found: list[Judged] = []
    own = families.get(OWN, ())
    for half, rest in ((own[::2], own[1::2]), (own[1::2], own[::2])):
        if half:
            model = learn({**families, OWN: rest}, titles).model("unseen", OPEN_BANDS)
            found += judged(half, titles.evidence(half, model.rarity), model)
    return found


def train(files: Sequence[PairFile], own: Sequence[LabelledPair], version: str, say: Say) -> dict[str, Any]:
    """Learn the model that is shipped, with its bands, from all files that may teach.

    Returns:
        What `model.json` holds.
    """
    families, titles = teaching(files, own), Titles()
    for family, pairs in families.items():
        say(f"{family}: {len(pairs):,} pairs, {sum(pair.match for pair in pairs):,} matches")
    others = unseen(families, leave_out(families, titles, say), titles)
    chosen = choose(others, _own_unseen(families, titles))
    say(f"bands {chosen}")
    return learn(families, titles).written(version, chosen)
