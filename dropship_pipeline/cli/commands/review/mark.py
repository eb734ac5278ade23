"""`dropship mark`: star, hide, tag and note sellers, and take the latest change back."""

from typing import Annotated

import typer

from dropship_pipeline.cli.stores import open_stores
from dropship_pipeline.cli.terminal import plain_errors, say
from dropship_pipeline.collection.sellers.labelling import Labelling
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.storage.review.marks import MarkChange, SellerMarks
from dropship_pipeline.storage.sellers.listing import SellerList

BY = "command line"


def mark(
    names: Annotated[list[str] | None, typer.Argument(help="Names of sellers, in any case and spacing.")] = None,
    *,
    star: Annotated[bool | None, typer.Option("--star/--no-star", help="Worth a look.")] = None,
    hide: Annotated[bool | None, typer.Option("--hide/--no-hide", help="Out of the way, in later runs too.")] = None,
    tag: Annotated[list[str] | None, typer.Option(help="Add this tag. Can be given several times.")] = None,
    untag: Annotated[list[str] | None, typer.Option(help="Remove this tag. Can be given several times.")] = None,
    note: Annotated[str | None, typer.Option(help='Replace the note; "" removes it.')] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take back the latest change made by this command.")] = False,
) -> None:
    """Say of sellers what you think: star, hide, tag, note."""
    with plain_errors(), open_stores() as stores:
        marks = SellerMarks(stores.database, stores.settings.org)
        change = MarkChange(starred=star, hidden=hide, tags_added=tag or (), tags_removed=untag or (), note=note)
        if undo:
            done = Labelling(stores.database, stores.settings.org, stores.settings, by=BY).undo().seller_ids
        elif not names or change == MarkChange():
            raise RequestInvalid("Name one seller or more, and say what to change: `dropship mark NAME --star`")
        else:
            ids = SellerList(stores.database, stores.settings.org).ids_of(names)
            done = marks.change(ids, change, by=BY).seller_ids
        count = len(done)
        say(f"Marks of {count} seller{'' if count == 1 else 's'} are different now")
