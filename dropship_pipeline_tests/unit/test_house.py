"""The shape of the package: imports that go round in no circle, rooms and modules that a reader can take in."""

import ast
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from pathlib import Path

import dropship_pipeline
from dropship_pipeline import errors

PACKAGE = Path(dropship_pipeline.__file__).parent
MOST_MODULES = 14
MOST_LINES = 300


def module_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(source: str, module: str, modules: Set[str]) -> Iterator[str]:
    """Modules of ours that `source` imports anywhere: at its top, under TYPE_CHECKING, or in a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module} imports by a relative name"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            # A name that is no module is one that its module, or its package, defines.
            names = [name if name in modules else str(node.module) for name in names]
        else:
            continue
        yield from (name for name in names if name in modules and name != module)


def circles(imports: Mapping[str, Set[str]]) -> list[set[str]]:
    """The groups of modules in which each can be reached from each other."""
    reached: dict[str, set[str]] = {}
    for start in imports:
        seen: set[str] = set()
        ahead = list(imports[start])
        while ahead:
            module = ahead.pop()
            if module not in seen:
                seen.add(module)
                ahead.extend(imports[module])
        reached[start] = seen
    groups: list[set[str]] = []
    for module in sorted(imports):
        if module in reached[module] and not any(module in group for group in groups):
            groups.append({other for other in reached[module] if module in reached[other]})
    return groups


def package_imports() -> dict[str, set[str]]:
    sources = {module_of(path): path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    return {module: set(imports_of(source, module, sources.keys())) for module, source in sources.items()}


def test_no_import_goes_round_in_a_circle_wherever_it_stands() -> None:
    assert circles(package_imports()) == []


def test_a_circle_would_be_found_under_type_checking_and_in_a_function() -> None:
    sources = {
        "one": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import two\n",
        "two": "def late():\n    from three import name\n",
        "three": "import one\n",
        "four": "import one\n",
    }
    imports = {module: set(imports_of(source, module, sources.keys())) for module, source in sources.items()}
    assert circles(imports) == [{"one", "two", "three"}]


def test_no_folder_has_more_modules_than_a_reader_can_take_in() -> None:
    modules = Counter(path.parent for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")
    del modules[PACKAGE / "storage" / "migrations" / "versions"]  # a log: one a change, and none ever goes
    assert {str(folder): number for folder, number in modules.items() if number > MOST_MODULES} == {}


def test_no_module_is_longer_than_a_reader_can_take_in() -> None:
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {str(path): number for path, number in lines.items() if number > MOST_LINES} == {}


def test_the_tree_of_errors_names_every_class_that_is_in_it() -> None:
    parents = {
        node.name: [base.id for base in node.bases if isinstance(base, ast.Name)]
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    ours = {"CollectionError"}
    while more := {name for name, bases in parents.items() if name not in ours and ours.intersection(bases)}:
        ours |= more
    told = re.findall(r"^ {4}[│├└─ ]*(\w+)", errors.__doc__ or "", re.MULTILINE)
    assert sorted(told) == sorted(ours)
