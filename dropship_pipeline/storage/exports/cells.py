"""Text as a cell of a CSV file: harmless where a spreadsheet opens it, and not rewritten where that is asked for.

A spreadsheet is not to be trusted with text: what begins like a formula is run, and what looks like a number, a date or
a truth value is turned into one. An apostrophe before it keeps it what it is.
"""

import re
import unicodedata

# Spreadsheets skip white space, quotes and invisible characters before they decide whether a cell is a formula.
_SKIPPED = r"""[\s"'`\u2018\u2019\u201c\u201d\u00ad\u200b-\u200f\u2060\ufeff\x00-\x1f]*"""
_BEGINNING = re.compile(_SKIPPED)
# Where another delimiter than ours is used to read the file, a cell may begin within a text of ours.
_WITHIN = re.compile(rf"([;,\t\r\n])({_SKIPPED}[=+\-@\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b])")
_BEGINS_FORMULA = frozenset("=+-@")
_BEGINS_CELL = frozenset("\t\r\n")
_MONTH = (
    "(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez|déc|fév|avr|jui|aoû|"
    "gen|mag|giu|lug|ago|set|ott|dic|ene|abr)"
)
_REWRITTEN = re.compile(
    rf"(?=.*\d)[\d\s.,:;/()+$€£¥%e-]+(?:[ap]m)?|\d*[\s./-]*{_MONTH}[^\W\d_]*[\s./-]*\d*|"
    "true|false|wahr|falsch|vrai|faux|vero|falso|verdadero",
    re.IGNORECASE,
)


def defused(text: str) -> str:
    """The text with an apostrophe wherever a spreadsheet would take what follows for a formula.

    That is at its beginning, and after a comma, semicolon or tab in it: which of them ends a cell, the reader decides.
    """
    before = _BEGINNING.match(text)
    skipped = before.group() if before else ""
    first = unicodedata.normalize("NFKC", text[len(skipped) : len(skipped) + 1])
    runs = not _BEGINS_FORMULA.isdisjoint(first) or not _BEGINS_CELL.isdisjoint(skipped)
    inner = _WITHIN.sub(r"\1'\2", text)
    return f"'{inner}" if runs else inner


def kept_as_text(text: str) -> str:
    """The text, with an apostrophe before it if Excel would make something else of it: 0012, 1e5, 3/4, Mar-5, TRUE."""
    return f"'{text}" if _REWRITTEN.fullmatch(text.strip()) else text
