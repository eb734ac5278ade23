"""Every command of README and docs as it stands there, beside a running stack; those of docs/dagster.md elsewhere."""

import re
from collections.abc import Iterator

import pytest

from dropship_pipeline_tests.blackbox.runs import REPOSITORY
from dropship_pipeline_tests.integration.test_dagster_commands import Clone
from dropship_pipeline_tests.integration.test_stack_supervisor import running

pytestmark = pytest.mark.soak(seconds=6)
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
# In a block of code, where a comment may follow; and in the middle of a sentence.
_BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(dropship [a-z][^`…]*)`")
# What a person puts there.
FILLED_IN = {
    "FILE": "examples/collect_and_store.yaml",
    "RUN": "1",
    "TEXT": "shop",
    "FOLDER": "saved",
    "NAME": "reader",
}
# Other tests start, stop and empty whole stacks, need a Redis or a job that there is; half a command is only a name.
ELSEWHERE = {"up", "down", "demo", "login", "env", "replay", "restore", "worker"}
PROGRAMS = ("dropship", "dagster")
NAMES = re.compile(
    r"dropship (export products|export sellers|token create|schedule set -c|forecast( -c)?|prune|resume|run( -c)?"
    r"|status|stop|why)"
)
# A run that has ended well can neither be stopped nor gone on with, and nobody has the name SELLER, which is said.
REFUSED = {"stop": "completed", "resume": "completed", "why": "No seller is called"}


def documented() -> list[str]:
    """The commands, each once, with something in place of what a person fills in."""
    found: dict[str, None] = {}
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = "\n".join(_BLOCK.findall(text))
        lines = [line.split(" #")[0].strip() for line in blocks.splitlines()]
        for command in [line.removeprefix(".venv/bin/") for line in lines] + _INLINE.findall(_BLOCK.sub("", text)):
            words = command.split()
            if words and words[0] in PROGRAMS and words[1] not in ELSEWHERE and not NAMES.fullmatch(command):
                found[" ".join(FILLED_IN.get(word, word) for word in words)] = None
    return sorted(found, key=lambda command: not command.startswith("dropship run "))  # the others look at its run


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A clone beside a stack that has collected once."""
    with running(tmp_path_factory.mktemp("stack") / ".dropship") as up:
        yield Clone(tmp_path_factory.mktemp("clone"), up.home, DAGSTER_HOME=str(up.home / "dagster"))


def test_the_pages_hold_as_many_commands_as_a_person_sees() -> None:
    commands = {command.split()[1] for command in documented()}
    assert {"forecast", "run", "runs", "status", "stop", "resume", "schedule", "sellers", "export", "token", "prune",
            "backup", "metrics", "doctor", "migrate"} <= commands  # fmt: skip


@pytest.mark.parametrize("command", documented())
def test_a_documented_command_does_what_it_says(command: str, clone: Clone) -> None:
    done = clone.run(command)
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    refusal = REFUSED.get(command.split()[1])
    assert done.returncode == (1 if refusal else 0), said
    assert refusal is None or refusal in said
