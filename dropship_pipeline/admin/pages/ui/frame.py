"""The frame of every page: header, navigation, banners, and content that is drawn again after a failure."""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from nicegui import ui
from nicegui.events import GenericEventArguments

from dropship_pipeline.admin.pages.ui.live import Snapshot
from dropship_pipeline.admin.pages.ui.parts import Tag, Tone, badge, button, notice
from dropship_pipeline.admin.pages.ui.visit import READ, Visit, login_address
from dropship_pipeline.admin.problems import NotFound
from dropship_pipeline.errors import CollectionError, DagsterUnavailable, SettingsError, StorageUnavailable

PAGES = {
    "/": "Today",
    "/collect": "Collect",
    "/sellers": "Sellers",
    "/products": "Products",
    "/history": "History",
    "/schedule": "Schedule",
}
TICK_S = 0.5
# Shorter than the time in which the server closes the socket of a login that has ended.
RECHECK_S = 4.0
TOAST_S = 8.0
THEME_COOKIE = "dropship_theme"
AWAY = "Postgres does not answer; trying again. What is shown may be old."
DAGSTER_AWAY = "Dagster does not answer; trying again. Runs cannot be started or stopped until it does."
_TOGGLE = f"""() => {{
    const dark = !document.body.classList.contains('body--dark');
    setDark(dark);
    const secure = location.protocol === 'https:' ? '; Secure' : '';
    document.cookie = `{THEME_COOKIE}=${{dark ? 'dark' : 'light'}}; path=/; max-age=31536000; SameSite=Lax${{secure}}`;
}}"""

Handler = Callable[[GenericEventArguments], Awaitable[None]]
Listener = Callable[[Snapshot], None]
Content = Callable[["Frame"], Awaitable[None]]


def theme(cookies: dict[str, str]) -> None:
    """Light or dark as chosen in this browser, or else as the system prefers."""
    ui.dark_mode({"dark": True, "light": False}.get(cookies.get(THEME_COOKIE, "")))


def brand(href: str) -> None:
    """The product's name, as a link."""
    with Tag("a", "", "brand", href=href):
        Tag("span", "", "brand-mark", aria_hidden="true")
        Tag("span", "dropship")


class Frame:
    """One page in one browser tab.

    Args:
        visit: the visit that it belongs to.
        title: its only h1.
        content: draws the page; called again when Postgres is back.
        lead: a sentence below the title.
    """

    def __init__(self, visit: Visit, title: str, content: Content, lead: str = "") -> None:
        self.visit = visit
        self._title = title
        self._lead = lead
        self._content = content
        self._back: tuple[str, str] | None = None
        self._listeners: list[Listener] = []
        self._seen = -1
        self._broken = False
        self._drawn = False
        self._checked_at = time.monotonic()
        self._toast_until = 0.0
        theme(visit.request.cookies)
        self._draw()

    def listen(self, listener: Listener) -> None:
        """Call `listener` now and with each new snapshot of the org."""
        self._listeners.append(listener)
        listener(self.visit.feed.look())

    def say(self, text: str, tone: Tone = "neutral") -> None:
        """Show a sentence for some seconds, and let screen readers read it."""
        self._toast.say(text).classes(replace=f"toast notice {tone}")
        self._toast_until = time.monotonic() + TOAST_S

    def act(self, do: Handler, permission: str = READ) -> Handler:
        """Wrap an event's handler: check the permission again first, and show errors as sentences."""

        async def handler(event: GenericEventArguments) -> None:
            try:
                if await self._allowed(permission):
                    await do(event)
            except CollectionError as error:
                self.say(str(error), "bad")

        return handler

    async def fill(self) -> None:
        """Draw the content; where that fails, say so and try again until it works."""
        self._listeners.clear()
        self._main.clear()
        self._drawn = False
        with self._main:
            loading = Tag("p", "Loading…", "loading muted", role="status")
            try:
                await self._content(self)
            except (StorageUnavailable, SettingsError, DagsterUnavailable) as error:
                self._broken = True
                self._explain("This page cannot be shown yet", str(error), "It is tried again every few seconds.")
            except NotFound as error:
                self._explain("There is nothing here", str(error), "Choose a page from the navigation above.")
            else:
                self._broken = False
                loading.delete()
        self._drawn = True

    def retitle(self, title: str, back: tuple[str, str] | None = None) -> None:
        """Give the page another title, and a link (address and words) to the page above it."""
        self._title = title
        self._back = back
        ui.page_title(f"{title} – dropship")

    def heading(self) -> Tag:
        """Draw the title; returns the head's right side, for buttons."""
        with Tag("div", "", "page-head"):
            with Tag("div"):
                if self._back is not None:
                    Tag("a", f"← {self._back[1]}", "link back", href=self._back[0])
                Tag("h1", self._title)
                if self._lead:
                    Tag("p", self._lead)
            return Tag("div", "", "row")

    def _fail(self) -> None:
        """Show that an unexpected error happened; NiceGUI has logged it already."""
        if self._drawn:
            self.say("That did not work; the server's log says why. Load the page again to see how things are.", "bad")
        else:
            self._explain("Something went wrong", "This page could not be drawn.", "The server's log says why.")

    def _explain(self, title: str, message: str, advice: str) -> None:
        self._main.clear()
        Tag("h1", title)
        with Tag("div", "", "stack"):
            notice(message, "bad", role="alert")
            Tag("p", advice, "muted")

    def _draw(self) -> None:
        ui.page_title(f"{self._title} – dropship")
        with Tag("header", "", "top"):
            self._banners = Tag("div", "", "banners", role="status")
            with Tag("div", "", "top-row"):
                brand("/")
                self._navigation()
                self._tools()
        self._main = Tag("main", "", "page", tabindex="-1")
        ui.skip_link("Skip to content", target=self._main)
        self._toast = Tag("div", "", "hidden", role="status", aria_live="polite")
        ui.timer(TICK_S, self._tick)
        ui.on_exception(self._fail)

    def _navigation(self) -> None:
        here = "/" + self.visit.request.url.path.split("/")[1]
        with Tag("nav", "", "nav", aria_label="Pages"), Tag("ul"):
            for path, name in PAGES.items():
                with Tag("li"):
                    Tag("a", name, href=path, aria_current="page" if path == here else None)

    def _tools(self) -> None:
        settings = self.visit.services.settings
        with Tag("div", "", "tools"):
            if settings.sandbox:
                badge("Sandbox data", "warn").put("title", "No live marketplace is asked, and nothing is paid for")
            Tag("span", self.visit.org, "org", title=f"Organisation {self.visit.org}")
            toggle = button("Theme", aria_label="Switch between light and dark theme").classes("quiet")
            toggle.on("click", js_handler=_TOGGLE)
            with Tag("form", method="post", action="/logout"):
                button("Log out", type="submit").classes("quiet")

    async def _tick(self) -> None:
        snapshot = self.visit.feed.look()
        if snapshot.version != self._seen:
            self._seen = snapshot.version
            self._warn(snapshot)
            for listener in tuple(self._listeners):
                listener(snapshot)
        if self._toast_until and time.monotonic() > self._toast_until:
            self._toast_until = 0.0
            self._toast.say("").classes(replace="hidden")
        with suppress(StorageUnavailable, SettingsError):
            if time.monotonic() - self._checked_at > RECHECK_S:
                await self._allowed(READ)
            elif self._broken and snapshot.storage is None:
                await self.fill()

    async def _allowed(self, permission: str) -> bool:
        principal = await self.visit.still()
        self._checked_at = time.monotonic()
        if principal is None:
            ui.navigate.to(login_address(self.visit.request))
            return False
        if not principal.may(permission):
            self.say(f"Your token does not allow this: it needs {permission}. Log in with one that has it.", "bad")
            return False
        return True

    def _warn(self, snapshot: Snapshot) -> None:
        wanted: Sequence[tuple[str, str]] = [
            *([("bad", AWAY)] if snapshot.storage else []),
            *([("warn", DAGSTER_AWAY)] if snapshot.dagster_away else []),
        ]
        shown = [child.text for child in self._banners if isinstance(child, Tag)]
        if shown != [text for _, text in wanted]:
            self._banners.clear()
            with self._banners:
                for tone, text in wanted:
                    Tag("p", text, f"banner {tone}")
