"""Forms of native inputs with labels and hints. The browser sends the whole form: what it shows is what counts.

The inputs are not bound to the server: it gives them a first value, and gets the form when something in it changes and
when it is sent. So no text is overwritten while a person types, and a lost message loses nothing.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.ui.parts import Tag
from dropship_pipeline.errors import RequestInvalid

# What changes a form is told at once; while a person types on, no more often than this.
PAUSE_S = 0.25
_ENTRIES = "[...new FormData(event.currentTarget).entries()].map(([name, value]) => [name, String(value)])"
_CHANGED = f"(event) => emit({_ENTRIES})"
_SENT = f"(event) => {{ event.preventDefault(); emit({_ENTRIES}); }}"

Choices = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as the browser sent it."""

    entries: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, event: GenericEventArguments) -> "Filled":
        """The form of an event. What is not a list of pairs of text did not come from our page, and counts as empty."""
        sent = event.args if isinstance(event.args, list) else []
        pairs = [entry for entry in sent if isinstance(entry, list) and [type(part) for part in entry] == [str, str]]
        return cls([(name, value) for name, value in pairs])

    def text(self, name: str, default: str = "") -> str:
        """A field's text, without white space around it."""
        return next((value.strip() for key, value in self.entries if key == name), default)

    def texts(self, name: str) -> list[str]:
        """Every value of a field that may have several."""
        return [value for key, value in self.entries if key == name]

    def checked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return any(key == name for key, _ in self.entries)

    def integer(self, name: str, label: str) -> int | None:
        """A field's whole number; None if it is empty.

        Raises:
            RequestInvalid: it holds something else.
        """
        text = self.text(name)
        if not text:
            return None
        try:
            return int(text)
        except ValueError:
            raise RequestInvalid(f"{label}: {text[:40]!r} is not a whole number") from None

    def decimal(self, name: str, label: str) -> float:
        """A field's number.

        Raises:
            RequestInvalid: it is empty or holds something else.
        """
        text = self.text(name)
        try:
            return float(text)
        except ValueError:
            raise RequestInvalid(f"{label}: {text[:40]!r} is not a number") from None


class Input(Tag):
    """An input of a form, with a place for what is wrong in it."""

    problem: Tag

    def complain(self, text: str) -> None:
        """Say at the input what is wrong in it; nothing where all is well."""
        self.problem.say(text).classes(replace="field-problem" if text else "hidden")
        self.put("aria-invalid", "true" if text else None)


Send = Callable[[GenericEventArguments], Awaitable[None]]


def form(label: str, classes: str, *, changed: Send | None = None, sent: Send | None = None) -> Tag:
    """A form; Enter in one of its inputs sends it."""
    tag = Tag("form", "", classes, aria_label=label, novalidate=True, autocomplete="off")
    if changed is not None:
        tag.on("input", changed, throttle=PAUSE_S, js_handler=_CHANGED)
    tag.on("submit", sent, js_handler=_SENT)
    return tag


def field(
    label: str, name: str, value: object = "", *, hint: str = "", classes: str = "", **attributes: object
) -> Input:
    """A labelled line of text or number."""
    return _labelled("input", label, name, hint, classes, {"type": "text", **attributes, "defaultValue": str(value)})


def area(label: str, name: str, value: str = "", *, hint: str = "", **attributes: object) -> Input:
    """Labelled lines of text."""
    return _labelled("textarea", label, name, hint, "", {**attributes, "defaultValue": value})


def choice(label: str, name: str, choices: Choices, value: str = "", *, classes: str = "") -> Input:
    """A labelled list to choose one from."""
    select = _labelled("select", label, name, "", classes, {})
    with select:
        for key, text in choices.items():
            option = Tag("option", text, value=key)
            if key == value:
                option.put("selected", True)
    return select


def tick(label: str, name: str, *, value: bool = False, hint: str = "") -> Tag:
    """A labelled box to tick."""
    with Tag("div", "", "check"):
        box = Tag("input", type="checkbox", name=name, value="on")
        box.put("defaultChecked", value)
        with Tag("div"):
            Tag("label", label, for_=box.html_id)
            if hint:
                described = Tag("p", hint, "hint")
                box.put("aria-describedby", described.html_id)
    return box


def suggestions(values: Iterable[str]) -> Tag:
    """Suggestions while a person types into a field; set it as the field's `list`."""
    with Tag("datalist") as tag:
        for value in values:
            Tag("option", value=value)
    return tag


def problem_line() -> Tag:
    """Where an input says what is wrong in it; not seen while there is nothing."""
    return Tag("p", "", "hidden", role="alert")


def _labelled(tag: str, label: str, name: str, hint: str, classes: str, attributes: Mapping[str, object]) -> Input:
    with Tag("div", "", f"field {classes}"):
        caption = Tag("label", label)
        element = Input(tag, "", "input", name=name)
        for key, value in attributes.items():
            element.put(key, value if isinstance(value, (str, int, float, bool)) else None)
        caption.put("for", element.html_id)
        described = [Tag("p", hint, "hint")] if hint else []
        element.problem = problem_line()
        element.put("aria-describedby", " ".join(one.html_id for one in (*described, element.problem)))
    return element
