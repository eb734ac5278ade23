"""Reads a kept request back into what was searched for: the reverse of `page_request` and `structured_request`.

Also requests of earlier releases are read: what a request does not say is left out, and what is not known is shown as
it was written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

# How many rows, which view, and the site: they do not narrow what is found.
_NO_FILTERS = frozenset({"_dmd", "_ipg", "tld", "country_code", "output_format"})
_FLAGS = {
    ("LH_ItemCondition", "1000"): "new only",
    ("LH_FS", "1"): "free shipping",
    ("LH_BIN", "1"): "buy it now",
    ("condition", "new"): "new only",
    ("buying_format", "buy_it_now"): "buy it now",
    ("_sop", "12"): "best match first",
    ("_sop", "10"): "newly listed first",
    ("_sop", "2"): "lowest price first",
    ("_sop", "3"): "highest price first",
}
_AMOUNTS = {"_udlo": "price from", "_udhi": "price up to"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSearch:
    """What eBay was asked for.

    Args:
        words: as they were typed into the search box.
        filters: what narrowed and ordered the search, in words, e.g. `price from 16.00`.
        page: of the results, from 1.
        url: address of the search page; None where the provider's own search was asked.
    """

    words: str
    filters: tuple[str, ...]
    page: int
    url: str | None


def asked_search(params: Mapping[str, str]) -> AskedSearch | None:
    """What the parameters of a request for a search say; None where they are of no search.

    Args:
        params: as the ledger keeps them.
    """
    url = params.get("url")
    asked = dict(params) if url is None else _query_of(url)
    words = asked.pop("query" if url is None else "_nkw", "")
    if not words:
        return None
    page = asked.pop("page" if url is None else "_pgn", "1")
    filters = tuple(_words(name, value) for name, value in asked.items() if name not in _NO_FILTERS)
    return AskedSearch(
        words=words, filters=filters, page=int(page) if page.isascii() and page.isdigit() else 1, url=url
    )


def _query_of(url: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(urlsplit(url).query))
    except ValueError:
        return {}


def _words(name: str, value: str) -> str:
    if name in _AMOUNTS:
        return f"{_AMOUNTS[name]} {value}"
    return _FLAGS.get((name, value), f"{name.strip('_')} {value}")
