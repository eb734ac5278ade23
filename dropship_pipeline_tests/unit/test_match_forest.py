"""Adding up trees all at once: the same sum as walking from node to node."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropship_pipeline.matching.forest import Tree, forest_of

_PLACES = 4
_NUMBER = st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0, 2.0])  # few, so that numbers meet thresholds
_LEAF = st.sampled_from([0.1, -0.3, 1.7, 1e16, -1e16])  # of these the order of adding is seen


def _trees(depth: int) -> st.SearchStrategy[Tree]:
    if not depth:
        return _LEAF
    below = _trees(depth - 1)
    return st.one_of(_LEAF, st.tuples(st.integers(0, _PLACES - 1), _NUMBER, below, below))


def _leaves(tree: Tree) -> int:
    return _leaves(tree[2]) + _leaves(tree[3]) if isinstance(tree, tuple) else 1


def _walked(tree: Tree, numbers: list[float]) -> float:
    while isinstance(tree, tuple):
        place, threshold, low, high = tree
        tree = low if numbers[place] <= threshold else high
    return tree


@given(
    st.lists(_trees(3).filter(lambda tree: _leaves(tree) <= 4), max_size=12),
    st.lists(_NUMBER, min_size=_PLACES, max_size=_PLACES),
)
def test_a_sum_is_that_of_the_leaves_which_walking_from_node_to_node_ends_at(
    trees: list[Tree], numbers: list[float]
) -> None:
    of_trees = [_walked(tree, numbers) for tree in trees]
    total = 0.5
    for at in range(0, len(trees), 2):
        total += sum(of_trees[at : at + 2])
    assert forest_of(0.5, trees).score(numbers) == total


def test_a_tree_of_more_leaves_than_it_has_bits_is_refused() -> None:
    tree: Tree = 0.0
    for number in range(4):
        tree = (0, float(number), 1.0, tree)
    with pytest.raises(ValueError, match="tree 1 has 5 leaves"):
        forest_of(0.0, [1.0, tree])
