"""Adds up small decision trees over a few numbers, all trees at once.

Source: Lucchese et al., "QuickScorer: a fast algorithm to rank documents with additive ensembles of regression trees",
SIGIR 2015. A tree has four bits, its leaves from left to right are these from the lowest on. A node whose number is
above its threshold takes the leaves to its left out; the lowest bit that is left is the tree's leaf. So each number is
looked up once, for all nodes that ask for it, and walking from node to node, which takes four times as long, is not
needed. Two trees share a byte, by which is looked up what they add together.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import zip_longest
from operator import add, getitem

_MOST_LEAVES = 4
# A leaf is what a tree adds; a node asks whether the number at a place is at most a threshold.
Leaf = float
Node = tuple[int, float, "Tree", "Tree"]
Tree = Leaf | Node


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees, as they are added up. Made by `forest_of`.

    Args:
        start: the sum before any tree.
        every: all leaves.
        asked: for each number that nodes ask for: its place, the thresholds in ascending order, and which leaves are
            left where it is above so many of them.
        sums: for each two trees what they add, by their byte of leaves that are left.
    """

    start: float
    every: int
    asked: tuple[tuple[int, tuple[float, ...], tuple[int, ...]], ...]
    sums: tuple[tuple[float, ...], ...]

    def score(self, numbers: Sequence[float]) -> float:
        """The sum for these numbers, of which none is NaN; its last digit, too, is the same on every Python."""
        left = self.every
        for place, thresholds, kept in self.asked:
            left &= kept[bisect_left(thresholds, numbers[place])]
        of_pairs = map(getitem, self.sums, left.to_bytes(len(self.sums), "little"))
        return reduce(add, of_pairs, self.start)  # `sum` makes up for what rounding loses from Python 3.12 on


def forest_of(start: float, trees: Sequence[Tree]) -> Forest:
    """Make trees ready to be added up.

    Args:
        start: the sum before any tree.
        trees: of at most four leaves each.

    Raises:
        ValueError: a tree has more leaves.
    """
    taken_out: dict[int, dict[float, int]] = {}
    leaves: list[list[float]] = []
    for number, tree in enumerate(trees):
        leaves.append([])
        _note(tree, leaves[-1], _MOST_LEAVES * number, taken_out)
        if len(leaves[-1]) > _MOST_LEAVES:
            raise ValueError(f"tree {number} has {len(leaves[-1])} leaves, and there is room for {_MOST_LEAVES}")
    every = sum((1 << len(of_tree)) - 1 << _MOST_LEAVES * number for number, of_tree in enumerate(leaves))
    asked = tuple(_asked(place, taken_out[place], every) for place in sorted(taken_out))
    pairs = zip_longest(leaves[::2], leaves[1::2], fillvalue=())
    return Forest(start, every, asked, tuple(_sums(first, second) for first, second in pairs))


def _sums(first: Sequence[float], second: Sequence[float]) -> tuple[float, ...]:
    """What two trees add together, by their byte."""
    of_first, of_second = ([_lowest(bits, leaves) for bits in range(1 << _MOST_LEAVES)] for leaves in (first, second))
    return tuple(one + other for other in of_second for one in of_first)


def _note(tree: Tree, leaves: list[float], first_bit: int, taken_out: dict[int, dict[float, int]]) -> int:
    """Note the leaves of a tree and what its nodes take out; return the bits of its leaves."""
    if not isinstance(tree, tuple):
        leaves.append(tree)
        return 1 << first_bit + len(leaves) - 1
    place, threshold, low, high = tree
    left = _note(low, leaves, first_bit, taken_out)
    thresholds = taken_out.setdefault(place, {})
    thresholds[threshold] = thresholds.get(threshold, 0) | left
    return left | _note(high, leaves, first_bit, taken_out)


def _lowest(bits: int, leaves: Sequence[float]) -> float:
    """The leaf of the lowest bit; 0 for bits that do not come up."""
    lowest = (bits & -bits).bit_length() - 1
    return leaves[lowest] if 0 <= lowest < len(leaves) else 0.0


def _asked(place: int, taken_out: Mapping[float, int], every: int) -> tuple[int, tuple[float, ...], tuple[int, ...]]:
    thresholds = tuple(sorted(taken_out))
    kept = [every]
    for threshold in thresholds:
        kept.append(kept[-1] & ~taken_out[threshold])
    return place, thresholds, tuple(kept)
