"""The fields of a job's settings, used to start a run and to schedule one."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.ui.forms import Filled, area, field, suggestions, tick
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.parts import Tag, button
from dropship_pipeline.collection.request import MAX_QUERIES, MAX_TOP_K
from dropship_pipeline.collection.seller_request import MAX_CATEGORIES, MAX_CATEGORY_CHARS, MAX_CREDITS, MAX_PRODUCTS
from dropship_pipeline.errors import RequestInvalid

JOBS = {
    "collect_and_store": ("Collect products", "Search terms on Amazon and eBay; stores products and images."),
    "collect_sellers": ("Find sellers", "From Amazon's best sellers to the eBay sellers behind them."),
}
DEFAULT_JOB = "collect_sellers"
# The settings that have a field here; the others are those of the API and the command line.
DRAWN = frozenset(
    ("queries", "top_amz", "top_ebay", "categories", "max_products", "pages_per_category", "price_low", "price_high",
     "max_credits", "shorter_search")
)  # fmt: skip
_SHORT_SEARCH = "Try a title that finds nothing again with fewer words; costs one more call each."
_TAKE = "(event) => { const input = getHtmlElement('%s'); emit(input.value); input.value = ''; input.focus(); }"
_TAKE_ON_ENTER = """(event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    emit(event.target.value);
    event.target.value = '';
}"""

Changed = Callable[[], Awaitable[None]]


class JobFields:
    """Draws the fields of both jobs; those of the job that is not chosen are hidden.

    Args:
        frame: the page.
        job: which is chosen at first.
        config: first values of that job's fields.
        known: names of categories that earlier runs met.
        changed: called when a category was added or taken away, which no input of the form tells.
    """

    def __init__(
        self, frame: Frame, job: str, config: Mapping[str, Any], known: Sequence[str], changed: Changed
    ) -> None:
        self._frame = frame
        self._changed = changed
        self._known = known
        self._categories = [str(name) for name in config.get("categories", ())]
        self._job_choice(job)
        self._products(config if job == "collect_and_store" else {})
        self._sellers(config if job == "collect_sellers" else {})

    def read(self, filled: Filled) -> tuple[str, dict[str, Any]]:
        """The chosen job and its configuration, as far as it can be read.

        Raises:
            RequestInvalid: names the field and what is wrong with it.
        """
        job = filled.text("job", DEFAULT_JOB)
        return job, self._products_config(filled) if job == "collect_and_store" else self._sellers_config(filled)

    def _job_choice(self, job: str) -> None:
        with Tag("fieldset"):
            Tag("legend", "What to run", "legend visually-hidden")
            with Tag("div", "", "switcher"):
                for name, (title, text) in JOBS.items():
                    with Tag("div", "", "option"):
                        box = Tag("input", type="radio", name="job", value=name)
                        box.put("defaultChecked", name == job)
                        with Tag("div"):
                            Tag("label", title, for_=box.html_id)
                            box.put("aria-describedby", Tag("p", text, "hint").html_id)

    def _products(self, config: Mapping[str, Any]) -> None:
        with Tag("div", "", "form for-products"):
            area(
                "Search terms, one a line", "queries", "\n".join(config.get("queries", ())), rows=6,
                placeholder="desk lamp\nyoga mat", hint=f"At most {MAX_QUERIES:,}; each is asked on both marketplaces.",
                spellcheck="false",
            )  # fmt: skip
            with Tag("div", "", "fields"):
                _number("Amazon products each", "top_amz", config.get("top_amz", 5), MAX_TOP_K)
                _number("eBay products each", "top_ebay", config.get("top_ebay", 5), MAX_TOP_K)

    def _sellers(self, config: Mapping[str, Any]) -> None:
        with Tag("div", "", "form for-sellers"):
            self._category_input()
            with Tag("div", "", "fields"):
                _number("Products at most", "max_products", config.get("max_products", 100), MAX_PRODUCTS)
                _number("Pages a category", "pages_per_category", config.get("pages_per_category", 2), 2, low=1)
            with Tag("div", "", "fields"):
                _factor("Price from, × Amazon's", "price_low", config.get("price_low", 0.80))
                _factor("Price to, × Amazon's", "price_high", config.get("price_high", 1.20))
                _number(
                    "Budget, credits", "max_credits", config.get("max_credits", ""), MAX_CREDITS,
                    placeholder="No limit",
                )  # fmt: skip
            tick("Shorter search", "shorter_search", value=bool(config.get("shorter_search")), hint=_SHORT_SEARCH)

    def _category_input(self) -> None:
        with Tag("div", "", "field"):
            offered = suggestions(self._known)
            caption = Tag("label", "Best-seller categories")
            with Tag("div", "", "with-button"):
                text = Tag("input", "", "input", type="text", list=offered.html_id, maxlength=MAX_CATEGORY_CHARS)
                add = button("Add")
            text.put("placeholder", "Name, id or address")
            caption.put("for", text.html_id)
            self._chips = Tag("div", "", "chips", role="group", aria_label="Chosen categories")
            hint = Tag("p", "Press Enter to add one. With none, all of Amazon's top level is read.", "hint")
            text.put("aria-describedby", hint.html_id)
        take = self._frame.act(self._add)
        add.on("click", take, js_handler=_TAKE % text.html_id)
        text.on("keydown", take, js_handler=_TAKE_ON_ENTER)
        self._draw_chips()

    async def _add(self, event: GenericEventArguments) -> None:
        name = event.args.strip() if isinstance(event.args, str) else ""
        if not name or name in self._categories:
            return
        if len(self._categories) >= MAX_CATEGORIES or len(name) > MAX_CATEGORY_CHARS:
            raise RequestInvalid(f"At most {MAX_CATEGORIES} categories of up to {MAX_CATEGORY_CHARS} characters fit")
        self._categories.append(name)
        self._draw_chips()
        await self._changed()

    def _draw_chips(self) -> None:
        self._chips.clear()
        with self._chips:
            for name in self._categories:
                self._chip(name)

    def _chip(self, name: str) -> None:
        async def remove(_: GenericEventArguments) -> None:
            self._categories.remove(name)
            self._draw_chips()
            await self._changed()

        with Tag("span", "", "chip"):
            Tag("span", name, "chip-text", title=name)
            Tag("button", "×", type="button", aria_label=f"Remove {name}").on("click", self._frame.act(remove))

    def _products_config(self, filled: Filled) -> dict[str, Any]:
        queries = [line.strip() for line in filled.text("queries").splitlines() if line.strip()]
        if not queries:
            raise RequestInvalid("Write at least one search term")
        return {
            "queries": queries,
            "top_amz": _required(filled, "top_amz", "Amazon products each"),
            "top_ebay": _required(filled, "top_ebay", "eBay products each"),
        }

    def _sellers_config(self, filled: Filled) -> dict[str, Any]:
        config = {
            "categories": list(self._categories),
            "max_products": _required(filled, "max_products", "Products at most"),
            "pages_per_category": _required(filled, "pages_per_category", "Pages a category"),
            "price_low": filled.decimal("price_low", "Price from"),
            "price_high": filled.decimal("price_high", "Price to"),
            "shorter_search": filled.checked("shorter_search"),
        }
        budget = filled.integer("max_credits", "Budget")
        return config if budget is None else {**config, "max_credits": budget}


def _required(filled: Filled, name: str, label: str) -> int:
    number = filled.integer(name, label)
    if number is None:
        raise RequestInvalid(f"{label}: write a number")
    return number


def _number(label: str, name: str, value: object, high: int, *, low: int = 0, placeholder: str | None = None) -> None:
    field(label, name, value, type="number", min=low, max=high, step=1, inputmode="numeric", placeholder=placeholder)


def _factor(label: str, name: str, value: object) -> None:
    field(label, name, value, type="number", min=0, max=10, step="0.05", inputmode="decimal")
