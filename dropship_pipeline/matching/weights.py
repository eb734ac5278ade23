"""Reads `model.json`, which `make match-train` writes, once in a process."""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any


@lru_cache(maxsize=1)
def shipped_weights() -> Mapping[str, Any]:
    """What the file of the package holds: version, features, trees, bands, rarity."""
    written: Mapping[str, Any] = json.loads((files(__package__) / "model.json").read_text(encoding="utf-8"))
    return written
