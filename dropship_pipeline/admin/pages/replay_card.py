"""The card of a replay: which collection it judged again, and what that changed."""

from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.parts import Tag, facts
from dropship_pipeline.storage.runs.reports import RunReport

_LISTINGS = {"gained": "Listings gained", "lost": "Listings lost", "moved": "Listings in another band"}
_SELLERS = {
    "gained": "Sellers gained",
    "lost": "Sellers lost",
    "accepted": "Sellers with a first accepted listing",
    "not_accepted": "Sellers without one any more",
}
_KINDS = {"gained": "gained", "lost": "lost", "moved": "another band"}


def replay_card(run: RunReport) -> None:
    """Draw the figures of a replay, and the first of the listings and sellers that changed."""
    with Tag("section", "", "card", aria_label="What changed"):
        Tag("h2", "What changed")
        if run.replay is None:
            Tag("p", "Nothing yet: the rows are replaced at its end, all at once.", "muted")
            return
        changes = run.replay["changes"]
        facts(
            {
                "Collection": run.replay["job_id"],
                "Searches judged": wording.number(run.replay["searches"]),
                "Answers not kept": wording.number(len(run.replay["not_kept"])),
                **{label: wording.number(changes["listings"][kind]) for kind, label in _LISTINGS.items()},
                **{label: wording.number(changes["sellers"][kind]) for kind, label in _SELLERS.items()},
            }
        )
        for kind, names in changes["named_sellers"].items():
            Tag("p", f"{_SELLERS[kind]}: {', '.join(names)}", "small")
        with Tag("ul", "", "list"):
            for one in changes["named_listings"]:
                bands = f" ({one['before']} to {one['after']})" if one["kind"] == "moved" else ""
                Tag("li", f"{_KINDS[one['kind']]}{bands}: {one['title']} · {one['asin']} · {one['item_id']}", "small")
