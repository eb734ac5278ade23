"""Hooks for schemathesis: each request has a query parameter more than its route knows, and must be refused for it."""

from itertools import cycle
from typing import Any

import schemathesis

_NAMES = cycle(["rows", "offset", "Page", "page_sise", "x" * 300, "ключ", "a b", "page[]", "%00"])


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case[Any], **kwargs: Any) -> None:
    """Add the parameter; a value that fits a number, a date and a text."""
    case.query = {**(case.query or {}), next(_NAMES): "1"}


@schemathesis.check
def unknown_parameter_is_refused(
    context: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case[Any]
) -> None:
    """It says which parameter, and does nothing."""
    assert response.status_code == 422, f"{response.status_code} instead of 422"
    assert "is no parameter of this route" in response.text or "has no parameters" in response.text
