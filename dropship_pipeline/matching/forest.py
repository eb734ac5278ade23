"""Adds up small decision trees over a few numbers, all trees at once.

Source: Lucchese et al., "QuickScorer: a fast algorithm to rank documents with additive ensembles of regression trees",
SIGIR 2015. A tree has a byte, its leaves from left to right are the bits of it from the lowest on. A node whose number
is above its threshold takes the leaves to its left out; the lowest bit that is left is the tree's leaf. So each number
is looked up once, for all nodes that ask for it, and walking from node to node, which takes four times as long, is not
needed.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, getitem

_MOST_LEAVES = 8
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
        leaves: for each tree what it adds, by its byte of leaves that are left.
    """

    start: float
    every: int
    asked: tuple[tuple[int, tuple[float, ...], tuple[int, ...]], ...]
    leaves: tuple[tuple[float, ...], ...]

    def score(self, numbers: Sequence[float]) -> float:
        """The sum for these numbers, of which none is NaN; its last digit, too, is the same on every Python."""
        left = self.every
        for place, thresholds, kept in self.asked:
            left &= kept[bisect_left(thresholds, numbers[place])]
        of_trees = map(getitem, self.leaves, left.to_bytes(len(self.leaves), "little"))
        return reduce(add, of_trees, self.start)  # `sum` makes up for what rounding loses from Python 3.12 on


def forest_of(start: float, trees: Sequence[Tree]) -> Forest:
    """Make trees ready to be added up.

    Args:
        start: the sum before any tree.
        trees: of at most eight leaves each.

    Raises:
        ValueError: a tree has more leaves.
    """
    taken_out: dict[int, dict[float, int]] = {}
    leaves: list[tuple[float, ...]] = []
    for number, tree in enumerate(trees):
        of_tree: list[float] = []
        _note(tree, of_tree, 8 * number, taken_out)
        if len(of_tree) > _MOST_LEAVES:
            raise ValueError(f"tree {number} has {len(of_tree)} leaves, and a byte has room for {_MOST_LEAVES}")
        leaves.append(tuple(_lowest(byte, of_tree) for byte in range(1 << len(of_tree))))
    every = sum((len(of_tree) - 1) << 8 * number for number, of_tree in enumerate(leaves))
    asked = tuple(_asked(place, taken_out[place], every) for place in sorted(taken_out))
    return Forest(start, every, asked, tuple(leaves))


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


def _lowest(byte: int, leaves: Sequence[float]) -> float:
    """The leaf of the lowest bit; a byte of no leaves does not come up."""
    return leaves[(byte & -byte).bit_length() - 1] if byte else 0.0


def _asked(place: int, taken_out: Mapping[float, int], every: int) -> tuple[int, tuple[float, ...], tuple[int, ...]]:
    thresholds = tuple(sorted(taken_out))
    kept = [every]
    for threshold in thresholds:
        kept.append(kept[-1] & ~taken_out[threshold])
    return place, thresholds, tuple(kept)
