"""Checks addresses from a marketplace's answer before a page makes links of them."""

from urllib.parse import urlsplit


def web_link(url: str | None) -> str | None:
    """The address if following it leads to a web server, else None: `javascript:` would run in our page."""
    if url is None or not url.isprintable() or any(character.isspace() for character in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and host else None
