"""Takes an API key out of whatever a provider sends back, before anybody keeps, logs or raises it."""

import re

from pydantic import SecretStr

LONGEST_MESSAGE = 200
# A shorter one may be an ordinary word of product titles, as the placeholders `demo` and `sandbox` are.
SHORTEST_REAL_KEY = 8
_MASK = b"***"


class Redactor:
    """Replaces one key, however it is spelled, by `***`: as it is, URL-encoded, or escaped in JSON or HTML."""

    def __init__(self, key: SecretStr) -> None:
        value = key.get_secret_value()
        spelled = "".join(map(_any_spelling, value))
        self._anywhere = re.compile(spelled.encode()) if value else re.compile(b"(?!)")
        named = re.compile((r"api_key(?:=|%(?:25)*3[Dd])" + spelled).encode())
        self._in_products = self._anywhere if len(value) >= SHORTEST_REAL_KEY else named

    def message(self, body: bytes) -> str:
        """Return what a body says, on one line, without the key, in at most 200 characters; `""` for HTML."""
        line = " ".join(self._anywhere.sub(_MASK, body).decode("utf-8", "replace").split())
        if line.startswith("<"):
            return ""
        return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 1] + "…"

    def body(self, body: bytes, *, has_products: bool) -> bytes:
        """Return an answer's body without the key; a provider may echo the whole address it was asked at.

        Args:
            body: the bytes.
            has_products: True for an answer with titles in it; a very short key is then masked only where it
                stands as `api_key=…`.
        """
        return (self._in_products if has_products else self._anywhere).sub(_MASK, body)


def _any_spelling(character: str) -> str:
    """A pattern for a character as it is, percent-encoded, or escaped in JSON or HTML, however often over."""
    code = f"(?i:{ord(character):02x})"
    spellings = [
        re.escape(character),
        rf"%(?:25)*{code}",
        rf"\\+u00{code}",
        rf"&#(?:[xX]0*{code}|0*{ord(character)});",
    ]
    spellings += {"/": [r"\\+/"], " ": [r"\+"]}.get(character, [])
    return f"(?:{'|'.join(spellings)})"
