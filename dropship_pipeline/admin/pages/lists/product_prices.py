"""The prices of a product, which open below its row in the list."""

from collections.abc import Sequence

from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.charts import Bar, Place, draw_bars
from dropship_pipeline.admin.pages.ui.parts import Tag
from dropship_pipeline.storage.products.listing import SeenPrice

MOST_SHOWN = 24


def draw_prices(title: str, seen: Sequence[SeenPrice]) -> None:
    """A bar for each collection with its date, the earliest first, and from which currency they are.

    Args:
        title: of the product, for people who do not see where the bars stand.
        seen: the latest first.
    """
    shown = seen[:MOST_SHOWN]
    currency = next((one.currency for one in shown if one.currency), None)
    with Tag("section", "", "prices", aria_label=f"Prices of {title}"):
        Tag("p", _words(len(shown), len(seen), currency), "muted small")
        draw_bars([_place(one, currency) for one in reversed(shown)])


def _words(shown: int, known: int, currency: str | None) -> str:
    which = f"the latest {shown} of {known:,}" if shown < known else "each"
    unit = f" in {currency}" if currency else ""
    return f"Price{unit} when the product was last seen by {which} of the collections that stored it."


def _place(one: SeenPrice, currency: str | None) -> Place:
    run = f"Run {one.run_id}" if one.run_id else one.job_id
    price = wording.money(one.price_cents, one.currency)
    figure = wording.money(one.price_cents, None) if one.currency == currency else price
    bar = Bar(
        size=one.price_cents or 0,
        words=f"{run}, {wording.moment(one.seen_at)}: {price}",
        address=f"/history/{one.run_id}" if one.run_id else None,
    )
    comparable = one.price_cents is not None and one.currency == currency
    return Place(day=wording.day(one.seen_at), words=run, figure=figure, bars=[bar] if comparable else [])
