"""Documentation: links lead somewhere, tours name what exists, the reference is what the code says."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import BaseModel

from dropship_pipeline.jobs.registry import JOBS
from dropship_pipeline.settings import Settings
from dropship_pipeline_tests import reference

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\[[^\]]+\]\(([^)#\s]+)(?:#([^)]+))?\)")
# `package/module.py` and `package/module.py: function, Class.method`
STOP = re.compile(r"^\| \d+ \| `([\w/]+\.py)` \| (.+?) \|", re.M)
NAME = re.compile(r"`([\w.]+)(?:\(\))?`")
TOURS = {"follow-one-query.md": {"start": 9, "query": 18}, "follow-one-best-seller.md": {"seller": 16, "photo": 6}}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = [target for target, _ in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target]
    assert [target for target in links if not (page.parent / target).exists()] == []


def test_every_page_is_reached_from_the_index_or_the_readme() -> None:
    reached = {
        (page.parent / target).resolve()
        for page in (ROOT / "docs" / "index.md", ROOT / "README.md")
        for target, _ in LINK.findall(page.read_text(encoding="utf-8"))
    }
    assert [name(page) for page in PAGES if page not in reached | {ROOT / "README.md"}] == []


@pytest.mark.parametrize("page", sorted(reference.PAGES))
def test_the_reference_is_what_the_code_says(page: str) -> None:
    assert (reference.FOLDER / page).read_text(encoding="utf-8") == reference.text(page), "run `make docs`"


@pytest.mark.parametrize("model", [Settings, *(job.settings for job in JOBS.values())])
def test_every_setting_says_what_it_means(model: type[BaseModel]) -> None:
    assert [field for field, info in model.model_fields.items() if not info.description] == []


def defined(tree: ast.AST, before: str = "") -> Iterator[str]:
    """Names that a module defines, those of methods with their class."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield before + node.name
        elif isinstance(node, ast.ClassDef):
            yield before + node.name
            yield from defined(node, f"{before}{node.name}.")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (before + target.id for target in targets if isinstance(target, ast.Name))


def stops(tour: str) -> list[tuple[str, list[str]]]:
    """File and names of each stop of a tour."""
    text = (ROOT / "docs" / tour).read_text(encoding="utf-8")
    return [(file, NAME.findall(names)) for file, names in STOP.findall(text)]


@pytest.mark.parametrize("tour", TOURS)
def test_every_file_and_function_that_a_tour_names_exists(tour: str) -> None:
    assert len(stops(tour)) > 5
    missing = []
    for file, names in stops(tour):
        path = ROOT / "dropship_pipeline" / file
        if not path.is_file():
            missing.append(file)
            continue
        known = set(defined(ast.parse(path.read_text(encoding="utf-8"))))
        assert names, f"{file}: the tour names no function"
        missing += [f"{file}: {name}" for name in names if name not in known]
    assert missing == []


def parts(tour: str) -> dict[str, set[str]]:
    """Each part of a tour, by the word in the comment behind its heading → the files that its table names."""
    text = (ROOT / "docs" / tour).read_text(encoding="utf-8")
    _, *sections = re.split(r"^## .*<!-- (\w+) -->$", text, flags=re.M)
    return {key: {file for file, _ in STOP.findall(body)} for key, body in pairwise(sections) if key in TOURS[tour]}


@pytest.mark.parametrize(("tour", "part", "most"), [(t, p, most) for t, ps in TOURS.items() for p, most in ps.items()])
def test_the_way_through_the_code_stays_short(tour: str, part: str, most: int) -> None:
    assert 0 < len(parts(tour)[part]) <= most
