"""Folds a text, so that one word has one form: lower case, no accents, plain marks."""

import unicodedata


def _plain(letter: str) -> str:
    return "".join(part for part in unicodedata.normalize("NFD", letter.lower()) if not unicodedata.combining(part))


_PLAIN = {code: _plain(chr(code)) for code in range(0xC0, 0x250)} | {
    ord(letter): plain
    for letter, plain in {
        "ß": "ss", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "đ": "d", "µ": "u",
        "μ": "u", "’": "'", "‘": "'", "´": "'", "″": '"', "”": '"', "“": '"', "„": '"', "–": "-", "—": "-", "‐": "-",
        "‑": "-", "−": "-", "×": "x", "®": " ", "™": " ", "©": " ", "•": ",", "·": ",", "、": ",", "・": " ",
        "【": "(", "】": ")", "「": "(", "」": ")", "『": "(", "』": ")", "ı": "i",
    }.items()
}  # fmt: skip


def fold(text: str) -> str:
    """Lower case, full-width and accented letters made plain, typographic marks made ASCII."""
    if text.isascii():
        return text.lower()
    # The sign of a trade mark goes before NFKC makes the letters TM of it.
    text = text.translate(_PLAIN).replace(".ª", "ª").replace(".º", "º")
    return unicodedata.normalize("NFKC", text).lower().translate(_PLAIN)
