"""What is wrong with a job's settings, in sentences that name the setting and say what is allowed."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

SHOWN_CHARS = 40
# The kind of an error whose message is a whole sentence already.
SENTENCE = "setting"
_BETWEEN = "{where} is {shown}; it must be between {low:.15g} and {high:.15g}"
_SENTENCES = {
    "missing": "{where} is missing: it has no default",
    "model_type": "the settings are {shown}; write them as names and values",
    "greater_than_equal": _BETWEEN,
    "less_than_equal": _BETWEEN,
    "finite_number": _BETWEEN,
    "too_long": "{where} holds {actual_length} entries: at most {max_length} fit in one run, split it",
    "string_too_short": "{where} is empty; write something or remove it",
    "string_too_long": "{where} has {length} characters; at most {max_length} fit",
    "string_pattern_mismatch": "{where} {shown} cannot be used: write {rule}, or leave it empty",
    "literal_error": "{where} is {shown}; choose {expected}",
    "int_type": "{where} is {shown}; write a whole number",
    "int_from_float": "{where} is {shown}; write a whole number",
    "float_type": "{where} is {shown}; write a number",
    "bool_type": "{where} is {shown}; write true or false",
    "string_type": "{where} is {shown}; write text",
    "list_type": "{where} is {shown}; write a list",
}
_OTHER = "{where} is {shown}: {message}"
# What a pattern asks for, in words.
RULES = {
    r"^([A-Za-z0-9][A-Za-z0-9._-]{0,99})?$": "1 to 100 letters, digits, '.', '_' or '-'",
}


def limits(field: FieldInfo) -> tuple[float, float]:
    """The lowest and the highest value of a setting that is a number; infinite where it has no limit."""
    low = (mark.ge for mark in field.metadata if hasattr(mark, "ge"))
    high = (mark.le for mark in field.metadata if hasattr(mark, "le"))
    return next(low, float("-inf")), next(high, float("inf"))


def in_plain_words(fields: Mapping[str, FieldInfo], problem: ErrorDetails) -> InitErrorDetails:
    """A problem as pydantic found it, with a sentence of ours and without the value.

    Args:
        fields: the settings that there are.
        problem: what does not fit, and where.
    """
    custom = problem["type"] == SENTENCE
    text = problem["msg"] if custom else _sentence(fields, problem)
    return InitErrorDetails(type=sentence_error(text), loc=problem["loc"], input=None)


def sentence_error(text: str) -> PydanticCustomError:
    """An error whose message is this sentence."""
    return PydanticCustomError(SENTENCE, "{text}", {"text": text})


def _sentence(fields: Mapping[str, FieldInfo], problem: ErrorDetails) -> str:
    name, *inside = (str(part) for part in problem["loc"] or ("config",))
    if problem["type"] == "extra_forbidden":
        return _unknown(name[:SHOWN_CHARS], fields)
    context: dict[str, Any] = problem.get("ctx", {})
    low, high = limits(fields[name]) if name in fields else (0, 0)
    given = problem["input"]
    return _SENTENCES.get(problem["type"], _OTHER).format(
        where=f"{name}: entry {int(inside[0]) + 1}" if inside else name,
        shown=repr(given[:SHOWN_CHARS] if isinstance(given, str) else given)[: SHOWN_CHARS + 2],
        low=low,
        high=high,
        length=len(given) if isinstance(given, str) else 0,
        rule=RULES.get(context.get("pattern", ""), "something else"),
        message=problem["msg"],
        **{key: context.get(key) for key in ("actual_length", "max_length", "expected")},
    )


def _unknown(name: str, fields: Mapping[str, FieldInfo]) -> str:
    near = get_close_matches(name, fields, 1)
    return f"{name} is not a setting; " + (f"did you mean {near[0]}?" if near else f"there are {', '.join(fields)}")
