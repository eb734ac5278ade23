"""What eBay says in one language: the words around the figures."""

from dataclasses import dataclass

from dropship_pipeline_tests.pages_of_ebay.writing import Notation


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """The words of one language. Where eBay is known to use several, they all stand here.

    Args:
        code: as in `<html lang>`.
        notations: how money is written, on the sites that are served in it.
        heading: `{count}` results for `{words}`.
        clipped: the hidden words in a link.
        badge: what marks a new listing.
        filler: title of the filler card.
        new: conditions that say new.
        used: conditions that say that it is not new.
        seller_types: kinds of seller that may stand beside the condition.
        boasts: what sellers write above the condition.
        free: lines that say that shipping is free.
        paid: lines with what it costs, `{amount}`.
        estimated: lines with about what it costs, `{amount}`.
        unspecified: lines that leave it open.
        extras: lines of other matters, some of them near to those words.
        bids: lines that count bids, `{count}`.
        buy_now: lines that name the price at which one can buy at once.
        best_offer: lines that say that the price may be haggled over.
        to: words between the two ends of a range.
        praise: the word behind the percentage of happy buyers.
        decimal: decimal sign of percentages.
        thousands: between groups of digits of counts.
        correction: notices of a corrected spelling, `{words}`.
        streamlined: notices that fewer rows are shown than there are.
        unknown: notices about something else.
        fewer_words: notices after which the rows do not match.
        no_exact_match: notices that nothing matches.
        nouns: for titles and keywords.
        adjectives: for titles.
        spaced: are words written apart.
    """

    code: str
    notations: tuple[Notation, ...]
    heading: str
    clipped: str
    badge: tuple[str, ...]
    filler: str = "Shop on eBay"
    new: tuple[str, ...]
    used: tuple[str, ...]
    seller_types: tuple[str, ...] = ()
    boasts: tuple[str, ...]
    free: tuple[str, ...]
    paid: tuple[str, ...]
    estimated: tuple[str, ...]
    unspecified: tuple[str, ...]
    extras: tuple[str, ...]
    bids: tuple[str, ...]
    buy_now: tuple[str, ...]
    best_offer: tuple[str, ...]
    to: tuple[str, ...]
    praise: str
    decimal: str = "."
    thousands: str = ","
    correction: tuple[str, ...]
    streamlined: tuple[str, ...]
    unknown: tuple[str, ...]
    fewer_words: tuple[str, ...]
    no_exact_match: tuple[str, ...]
    nouns: tuple[str, ...]
    adjectives: tuple[str, ...]
    spaced: bool = True
