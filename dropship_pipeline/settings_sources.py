"""Where the values of `settings` come from: what people set, and what the local stack wrote about itself."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from dropship_pipeline.errors import SettingsError

STACK_FILE = "stack.json"
# What names an object store, and what opens it.
_ENDPOINT = "DROPSHIP_S3_ENDPOINT_URL"
_STORE = {_ENDPOINT, "DROPSHIP_S3_BUCKET"}
_STORE_ACCESS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION"}
# White space, and what nobody sees of a paste: zero-width characters and the mark of byte order.
_AROUND = re.compile(r"^[\s\u200b-\u200d\u2060\ufeff]+|[\s\u200b-\u200d\u2060\ufeff]+$")


class _Source(PydanticBaseSettingsSource):
    """A source that gives all of its values at once, by the names of their variables."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ANN401
        return None, field_name, False


class OwnSource(_Source):
    """What people set: the environment, then `.env`, without the white space that a paste or a secret file leaves.

    The keys of an object store belong to it: those of the shell are not shown to the store of a running stack.
    """

    def __init__(
        self, kind: type[BaseSettings], env: PydanticBaseSettingsSource, file: PydanticBaseSettingsSource
    ) -> None:
        super().__init__(kind)
        self._sources = (file, env)

    def __call__(self) -> dict[str, Any]:
        """The values by the names of their variables."""
        values: dict[str, Any] = {}
        for source in self._sources:
            trimmed = {name: _AROUND.sub("", v) if isinstance(v, str) else v for name, v in source().items()}
            values |= {name: value for name, value in trimmed.items() if value != ""}
        if _means_stack_store(values, _stack_settings(values)):
            values = {name: value for name, value in values.items() if name not in _STORE_ACCESS}
        return values


class StackSource(_Source):
    """What the local stack wrote about itself; silent where there is no stack."""

    def __call__(self) -> dict[str, Any]:
        """The values by the names of their variables."""
        values = dict(_stack_settings(self.current_state))
        if not _means_stack_store(self.current_state, values):
            values = {name: value for name, value in values.items() if name not in _STORE | _STORE_ACCESS}
        return values


def _means_stack_store(own: Mapping[str, Any], stack: Mapping[str, Any]) -> bool:
    """Whether objects go to the stack's store: nobody has named another, neither its address nor a bucket."""
    if not stack.keys() & _STORE:
        return False
    return not own.keys() & _STORE or own.get(_ENDPOINT) == stack.get(_ENDPOINT)


def _stack_settings(known: Mapping[str, Any]) -> Mapping[str, Any]:
    path = Path(known.get("DROPSHIP_HOME") or ".dropship") / STACK_FILE
    try:
        stack = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read ({error}); run `dropship up` to write it anew") from None
    settings: dict[str, Any] = stack.get("settings", {})
    return {name: value for name, value in settings.items() if value is not None}
