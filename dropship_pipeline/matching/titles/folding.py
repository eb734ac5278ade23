"""Folds a text, so that one word has one form: lower case, no accents, plain marks."""

import unicodedata
from functools import lru_cache


def _plain(letter: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFD", letter.lower()) if not unicodedata.combining(part))


# Typographic marks are written by their code points: many look alike.
_APOSTROPHES, _QUOTES, _DASHES = (
    "\u2019\u2018\u00b4\u2032",
    "\u2033\u201d\u201c\u201e",
    "\u2013\u2014\u2010\u2011\u2212",
)
_LETTERS = {"ß": "ss", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "đ": "d"}
_MARKS = {
    "×": "x",
    "®": " ",
    "™": " ",
    "©": " ",
    "•": ",",
    "·": ",",
    "、": ",",
    "・": " ",
    "\u00b5": "u",
    "\u03bc": "u",
}
_MARKS |= {"【": "(", "】": ")", "「": "(", "」": ")", "『": "(", "』": ")", "\u0131": "i"}
_PLAIN = {code: _plain(chr(code)) for code in range(0xC0, 0x250)}
_PLAIN |= {ord(written): plain for written, plain in (_LETTERS | _MARKS).items()}
_PLAIN |= {ord(written): "'" for written in _APOSTROPHES} | {ord(written): '"' for written in _QUOTES}
_PLAIN |= {ord(written): "-" for written in _DASHES}


def fold(text: str) -> str:
    """Lower case, full-width and accented letters made plain, typographic marks made ASCII."""
    if text.isascii():
        return text.lower()
    # The sign of a trade mark goes before NFKC makes the letters TM of it, and the sign of a number before it says no.
    text = text.translate(_PLAIN).replace(".ª", "ª").replace(".º", "º").replace("nº", "numero ").replace("№", "numero ")
    return unicodedata.normalize("NFKC", text).lower().translate(_PLAIN)


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """A word without the s of its plural."""
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):  # noqa: PLR2004
        return word[:-1]
    return word
