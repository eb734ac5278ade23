"""Soaking tests in a time box: over four commits each has run, and one that failed is not lost among those left out."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropship_pipeline_tests.soak.turns import TURNS, in_turn, turn_of_commit

pytest_plugins = ("pytester",)
CONFTEST = "pytest_plugins = ['dropship_pipeline_tests.soak.time_box']"
INI = "[pytest]\nmarkers = soak\n"


def ran_in_time(tests: list[int], seconds: list[float], box: float) -> set[int]:
    """Those that begin before the time is over."""
    passed, ran = 0.0, set()
    for test in tests:
        if passed >= box:
            break
        ran.add(test)
        passed += seconds[test]
    return ran


@pytest.mark.parametrize(("commits", "share"), [(4, 1 / 3), (20, 1 / 16)])
@given(seconds=st.lists(st.floats(0.1, 600), min_size=1, max_size=60), first=st.integers(0, 10_000))
def test_commits_in_a_row_run_every_test_where_each_is_given_a_share_of_the_time(
    commits: int, share: float, seconds: list[float], first: int
) -> None:
    tests = list(range(len(seconds)))
    box = sum(seconds) * share + 0.001
    turns = [in_turn(tests, seconds, first + number) for number in range(commits)]
    assert all(sorted(order) == tests for order in turns)
    assert set().union(*(ran_in_time(order, seconds, box) for order in turns)) == set(tests)


def test_tests_that_share_a_module_stay_together() -> None:
    assert in_turn("aabbcc", [1.0] * 6, 1) == list("bbccaa")


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org")
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def test_the_turn_moves_on_by_one_with_each_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    turns = []
    for number in range(TURNS):
        git(tmp_path, "commit", "--allow-empty", "-qm", str(number))
        turns.append(turn_of_commit(tmp_path) % TURNS)
    assert sorted(turns) == list(range(TURNS))


def test_where_there_is_no_repository_the_tests_run_in_their_own_order(tmp_path: Path) -> None:
    assert turn_of_commit(tmp_path) == 0


@pytest.fixture
def soaking(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Four soaking tests, the second of which fails after the time is over; and one that is none."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # those of other packages are slow to import
    pytester.makeini(INI)
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile("""
        import pytest
        from dropship_pipeline_tests.soak import time_box
        def test_other(): pass
        @pytest.mark.soak
        @pytest.mark.parametrize("number", range(4))
        def test_soak(number):
            if number == 1:
                time_box.monotonic = lambda: float("inf")
            assert number != 1
    """)
    return pytester


def test_a_test_that_has_begun_ends_and_those_after_it_are_named_and_no_failure(soaking: pytest.Pytester) -> None:
    done = soaking.runpytest_subprocess("--soak-minutes", "10", "--soak-turn", "0")
    done.assert_outcomes(passed=2, failed=1, skipped=2)
    done.stdout.fnmatch_lines(["*2 soaking tests left for later commits*", "*test_soak[[]2[]]", "*test_soak[[]3[]]"])


def test_a_time_box_that_only_leaves_tests_out_is_green(soaking: pytest.Pytester) -> None:
    done = soaking.runpytest_subprocess("--soak-minutes", "0")
    done.assert_outcomes(passed=1, skipped=4)
    assert done.ret == 0


def test_a_wide_time_box_leaves_none_out(soaking: pytest.Pytester) -> None:
    done = soaking.runpytest_subprocess("--soak-minutes", "10", "-k", "not 1")
    done.assert_outcomes(passed=4, deselected=1)
    done.stdout.fnmatch_lines(["*0 soaking tests left for later commits*"])


def test_a_failed_soaking_test_fails_the_box(soaking: pytest.Pytester) -> None:
    assert soaking.runpytest_subprocess("--soak-minutes", "10").ret == 1


def test_the_box_begins_where_the_turn_says(soaking: pytest.Pytester) -> None:
    done = soaking.runpytest_subprocess("--soak-minutes", "10", "--soak-turn", "1", "-v")
    done.stdout.fnmatch_lines(["*test_other*", "*test_soak[[]1[]] FAILED*", "*test_soak[[]2[]] SKIPPED*"])


def test_without_a_time_all_run(soaking: pytest.Pytester) -> None:
    soaking.runpytest_subprocess().assert_outcomes(passed=4, failed=1)
