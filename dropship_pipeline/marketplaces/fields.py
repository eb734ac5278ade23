"""The small pieces every parser is made of: strict JSON, clean text, image addresses. Knows no marketplace.

JSON numbers with a fraction become `Decimal`, so that a price is never a float on its way to `Money`.
"""

import json
import re
from decimal import Decimal
from urllib.parse import urlsplit

from dropship_pipeline.errors import BadAnswer
from dropship_pipeline.models import ApiAnswer

LONGEST_COUNT = 2_000_000_000
_LONGEST_RAW = 200
# Postgres refuses NUL, UTF-8 refuses lone surrogates, and JSON may carry both.
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# What most addresses look like: nothing to mend, and a host.
_PLAIN_URL = re.compile(r"https?://[a-z0-9.-]+/[!-\[\]-~]*")
_PLACEHOLDER_IMAGE = re.compile(r"/(?:grey-pixel\.gif|transparent-pixel\.gif|s_1x2\.gif|/ir\.ebaystatic\.com/)")


def json_of(answer: ApiAnswer) -> object:
    """Parse an answer's body; fractions become `Decimal`, NaN and infinities null.

    Raises:
        BadAnswer: the body is cut short or is not JSON.
    """
    try:
        return json.loads(answer.body, parse_float=Decimal, parse_constant=lambda _: None)
    except (ValueError, ArithmeticError, RecursionError):
        problem = "the answer is cut short or is not JSON"
    raise BadAnswer(problem, status=answer.status)


def clean_text(value: object) -> str:
    """Return text on one line without characters that no database takes; `""` for anything but text."""
    if not isinstance(value, str):
        return ""
    # What is printable has none of those characters; asking first is faster than looking for them.
    return " ".join((value if value.isprintable() else _UNWRITABLE.sub(" ", value)).split())


def raw_text(value: object) -> str | None:
    """Keep a field as it was written, whatever its shape, in at most 200 characters; None if blank."""
    if value is None:
        return None
    try:
        text = value if isinstance(value, str) else json.dumps(value, default=float, ensure_ascii=False)
    except RecursionError:
        return None
    return clean_text(text)[:_LONGEST_RAW] or None


def image_url(value: object) -> str | None:
    """Return the address of a picture, or None for a placeholder, a `data:` URL or anything not http(s).

    An address without a scheme (`//host/…`), with spaces or with backslashes is mended as a browser does it.
    """
    if not isinstance(value, str):
        return None
    url = value if _PLAIN_URL.fullmatch(value) else _mended_url(value.strip())
    return None if url is None or _PLACEHOLDER_IMAGE.search(url) else url


def _mended_url(value: str) -> str | None:
    if not value.isprintable():
        value = re.sub(r"[\t\r\n]", "", value)
    value = value.replace("\\", "/").replace(" ", "%20")
    if not value.isprintable() and value != clean_text(value):
        return None
    value = f"https:{value}" if value.startswith("//") else value
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        return None
    return value if parts.scheme in {"http", "https"} and host else None


def whole_number(value: object) -> int | None:
    """Return a count ≥ 0 given as a JSON number or as its digits, else None."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value):
        value = int(value)
    if isinstance(value, Decimal) and value.is_finite() and 0 <= value <= LONGEST_COUNT and value == int(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= LONGEST_COUNT else None


def number_within(value: object, highest: int) -> float | None:
    """Return a JSON number from 0 to `highest` (stars, per cent), else None."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    return float(number) if number.is_finite() and 0 <= number <= highest else None
