"""The fields of a job's settings, each drawn by its type. Used to start a run, and to schedule one."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from nicegui.events import GenericEventArguments
from pydantic.fields import FieldInfo

from dropship_pipeline.admin.pages.ui import wording
from dropship_pipeline.admin.pages.ui.forms import Filled, Input, area, choice, field, problem_line, suggestions, tick
from dropship_pipeline.admin.pages.ui.frame import Frame
from dropship_pipeline.admin.pages.ui.parts import Tag, button
from dropship_pipeline.errors import RequestInvalid
from dropship_pipeline.jobs.registry import COLLECTING, DEFAULT_JOB, SELLERS, Job, job_named
from dropship_pipeline.jobs.sentences import limits
from dropship_pipeline.jobs.settings import WIDE_BAND, JobSettings, SellersSettings
from dropship_pipeline.settings_fees import FeeSettings

# Settings of the API and the command line; every other one has a field here.
ELSEWHERE = frozenset(("job_id", "wait_seconds", "storage_window", "throttle_seconds"))
_TAKE = "(event) => { const input = getHtmlElement('%s'); emit(input.value); input.value = ''; input.focus(); }"
_TAKE_ON_ENTER = """(event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    emit(event.target.value);
    event.target.value = '';
}"""

# As if they were typed, so that the forecast follows.
_SET_BOTH = """() => {
    for (const [id, value] of [[%s, %s], [%s, %s]]) {
        const input = getHtmlElement(id);
        input.value = value;
        input.dispatchEvent(new Event('input', {bubbles: true}));
    }
}"""
# Of a product in the middle of what best-seller lists show.
USUAL_PRICE_CENTS = 3_000

Changed = Callable[[], Awaitable[None]]


class JobFields:
    """Draws the fields of both jobs; those of the job that is not chosen are hidden.

    Args:
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
        self._inputs: dict[str, Input] = {}
        self._job_choice(job)
        for number, one in enumerate(COLLECTING, start=1):
            with Tag("div", "", f"form fields-of-{number}"):
                self._draw(one, config if one.name == job else {})

    @property
    def first(self) -> Filled:
        """The form as it is drawn where nothing was set before, until something in it changes."""
        written = {name: _written(setting.default) for name, setting in _shown(DEFAULT_JOB).items()}
        return Filled([("job", DEFAULT_JOB.name), *((name, text) for name, text in written.items() if text)])

    def read(self, filled: Filled, before: Mapping[str, Any] | None = None) -> JobSettings:
        """The settings of the chosen job; each field shows what is wrong in it.

        Args:
            filled: the form.
            before: settings of which those are kept that have no field.

        Raises:
            RequestInvalid: names the fields that do not fit, as the page does, and why.
        """
        job = job_named(filled.text("job", DEFAULT_JOB.name))
        shown = _shown(job)
        values = {name: value for name, value in (before or {}).items() if name not in shown}
        problems: dict[str, str] = {}
        for name, setting in shown.items():
            try:
                value = self._value(name, setting, filled)
            except RequestInvalid as error:
                problems[name] = str(error)
            else:
                values |= {} if value is None else {name: value}
        settings = job.settings.checked_each(values, problems)
        told = {name: in_labels(text, job) for name, text in problems.items()}
        self._complain(job, told)
        if settings is None or told:
            raise RequestInvalid("; ".join(told.values()))
        return settings

    def refuse_categories(self, reason: str) -> None:
        """Say at the categories that the marketplace does not have one."""
        self._inputs["categories"].complain(in_labels(reason, SELLERS))

    def _complain(self, job: Job, told: Mapping[str, str]) -> None:
        for name in _shown(job):
            if name in self._inputs:
                self._inputs[name].complain(told.get(name, ""))

    def _value(self, name: str, setting: FieldInfo, filled: Filled) -> object:
        """What the form says of one setting; None where it says nothing."""
        label, kind = setting.title or name, _kind(setting)
        if name == "categories":
            return list(self._categories)
        if kind is list:
            return _lines(filled.text(name), label, needed=bool(setting.default))
        if kind is bool:
            return filled.checked(name)
        if not filled.text(name) and setting.default is not None:
            raise RequestInvalid(f"{label}: write a {'number' if kind in (int, float) else 'text'}")
        if kind is int:
            return filled.integer(name, label)
        return filled.decimal(name, label) if kind is float and filled.text(name) else filled.text(name) or None

    def _draw(self, job: Job, config: Mapping[str, Any]) -> None:
        """Lists first, then what is written on a line, then what is ticked."""
        shown = _shown(job)
        kinds = {name: _kind(setting) for name, setting in shown.items()}
        for name, setting in shown.items():
            if name == "categories":
                self._inputs[name] = self._category_input(setting)
            elif kinds[name] is list:
                self._inputs[name] = _area(name, setting, config)
        with Tag("div", "", "fields"):
            for name, setting in shown.items():
                if kinds[name] not in (list, bool):
                    self._inputs[name] = _line(name, setting, config)
        if "price_high" in shown:
            self._about_band()
        for name, setting in shown.items():
            if kinds[name] is bool:
                value = bool(config.get(name, setting.default))
                tick(setting.title or name, name, value=value, hint=f"{setting.description}.")

    def _about_band(self) -> None:
        """What the price band leaves out, and a wider one."""
        low, high = (f"{end:.2f}" for end in WIDE_BAND)
        with Tag("div", "", "row between"):
            Tag("p", break_even(self._frame.visit.services.settings), "hint")
            wider = button(f"Use {low}–{high}", title="Sets both ends of the price band")
        ends = [self._inputs["price_low"].html_id, low, self._inputs["price_high"].html_id, high]
        wider.on("click", js_handler=_SET_BOTH % tuple(map(json.dumps, ends)))

    def _job_choice(self, job: str) -> None:
        with Tag("fieldset"):
            Tag("legend", "What to run", "legend visually-hidden")
            with Tag("div", "", "switcher"):
                for number, one in enumerate(COLLECTING, start=1):
                    with Tag("div", "", "option"):
                        box = Tag("input", "", f"job-{number}", type="radio", name="job", value=one.name)
                        box.put("defaultChecked", one.name == job)
                        with Tag("div"):
                            Tag("label", one.title, for_=box.html_id)
                            box.put("aria-describedby", Tag("p", one.description, "hint").html_id)

    def _category_input(self, setting: FieldInfo) -> Input:
        with Tag("div", "", "field"):
            offered = suggestions(self._known)
            caption = Tag("label", setting.title or "")
            with Tag("div", "", "with-button"):
                text = Input("input", "", "input", type="text", list=offered.html_id)
                add = button("Add")
            text.put("placeholder", "Name, id or address")
            caption.put("for", text.html_id)
            self._chips = Tag("div", "", "chips", role="group", aria_label="Chosen categories")
            hint = Tag("p", "Press Enter to add one. With none, all of Amazon's top level is read.", "hint")
            text.problem = problem_line()
            text.put("aria-describedby", f"{hint.html_id} {text.problem.html_id}")
        take = self._frame.act(self._add)
        add.on("click", take, js_handler=_TAKE % text.html_id)
        text.on("keydown", take, js_handler=_TAKE_ON_ENTER)
        self._draw_chips()
        return text

    async def _add(self, event: GenericEventArguments) -> None:
        name = event.args.strip() if isinstance(event.args, str) else ""
        if not name or name in self._categories:
            return
        self._categories = SellersSettings.checked({"categories": [*self._categories, name]}).categories
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


def break_even(fees: FeeSettings) -> str:
    """Where a seller who buys at Amazon's price begins to earn, and what the price band leaves out by that."""
    price = wording.money(USUAL_PRICE_CENTS, None)
    fee, tax = f"{fees.ebay_fee_percent:g} %", f"{fees.sales_tax_percent:g} %"
    least = fees.break_even_cents(USUAL_PRICE_CENTS)
    if least is None:
        return f"At a fee of {fee} no price pays for what is bought at Amazon's price."
    above = (least - USUAL_PRICE_CENTS) / USUAL_PRICE_CENTS
    return (
        f"Who buys at Amazon's price breaks even near {above * 100:+.0f} % (at {price}, after eBay's {fee} of price "
        f"and {tax} sales tax). A band that ends there leaves out nearly all who earn."
    )


def in_labels(text: str, job: Job) -> str:
    """A sentence about settings with the names that their fields have on the page."""
    labels = {name: setting.title for name, setting in job.settings.model_fields.items() if setting.title}
    names = "|".join(sorted(labels, key=len, reverse=True))
    return re.sub(rf"\b({names})\b", lambda found: f"“{labels[found[1]]}”", text)


def _shown(job: Job) -> dict[str, FieldInfo]:
    """The settings of a job that have a field, by name."""
    return {name: setting for name, setting in job.settings.model_fields.items() if name not in ELSEWHERE}


def _kind(setting: FieldInfo) -> object:
    """`int`, `float`, `bool`, `str`, `list` or `Literal`; the same for one that may be left empty."""
    annotation = _without_none(setting)
    return get_origin(annotation) or annotation


def _without_none(setting: FieldInfo) -> object:
    named = [one for one in get_args(setting.annotation) if one is not NoneType]
    return named[0] if _is_optional(setting) else setting.annotation


def _is_optional(setting: FieldInfo) -> bool:
    return NoneType in get_args(setting.annotation)


def _written(value: object) -> str:
    """A value as it stands in a line; lists and ticks are none."""
    return "" if value is None or isinstance(value, (bool, list)) else str(value)


def _lines(text: str, label: str, *, needed: bool) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if needed and not lines:
        raise RequestInvalid(f"{label}: write at least one")
    return lines


def _area(name: str, setting: FieldInfo, config: Mapping[str, Any]) -> Input:
    most = next((mark.max_length for mark in setting.metadata if hasattr(mark, "max_length")), None)
    hint = f"{setting.description}." + (f" At most {most:,}." if most else "")
    text, example = "\n".join(config.get(name, ())), "\n".join(setting.default)
    return area(setting.title or name, name, text, rows=6, placeholder=example, hint=hint, spellcheck="false")


def _line(name: str, setting: FieldInfo, config: Mapping[str, Any]) -> Input:
    label, kind, value = setting.title or name, _kind(setting), _written(config.get(name, setting.default))
    placeholder = "No limit" if _is_optional(setting) else None
    if kind is Literal:
        return choice(label, name, {str(one): str(one) for one in get_args(_without_none(setting))}, value)
    if kind in (int, float):
        low, high = (limit if abs(limit) < float("inf") else None for limit in limits(setting))
        step, mode = (1, "numeric") if kind is int else (0.05, "decimal")
        return field(
            label, name, value, type="number", min=low, max=high, step=step, inputmode=mode, placeholder=placeholder
        )
    return field(label, name, value)
