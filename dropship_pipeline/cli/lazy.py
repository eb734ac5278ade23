"""A group of commands that are imported when they are called: help costs what its own words cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup


@dataclass(frozen=True, slots=True)
class Later:
    """A command.

    Args:
        where: `module:function`, the module within `cli.commands`, with its folder where it has one.
        help: the first line of its docstring; a test compares.
    """

    where: str
    help: str

    def load(self) -> Any:  # noqa: ANN401  (the function of a command)
        """Import it."""
        module, _, function = self.where.partition(":")
        return getattr(import_module(f"dropship_pipeline.cli.commands.{module}"), function)


def group_of(later: Mapping[str, Later]) -> type[TyperGroup]:
    """The class of a group with these commands; what is added to the group itself comes after them."""

    class LazyGroup(TyperGroup):
        def __init__(self, **attributes: Any) -> None:  # noqa: ANN401  (Typer's own)
            super().__init__(**attributes)
            self._added = dict(self.commands)
            self.commands = {**dict.fromkeys(later), **self._added}  # type: ignore[dict-item]  # loaded by get_command

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
            if self.commands.get(cmd_name) is None and cmd_name in later:
                single = typer.Typer(add_completion=False, rich_markup_mode=None)
                single.command(cmd_name)(later[cmd_name].load())
                self.commands[cmd_name] = typer.main.get_command(single)
            return self.commands.get(cmd_name)

        def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
            lines = {name: command.help for name, command in later.items()}
            lines |= {name: command.get_short_help_str(formatter.width) for name, command in self._added.items()}
            with formatter.section("Commands"):
                formatter.write_dl(list(lines.items()))

    return LazyGroup
