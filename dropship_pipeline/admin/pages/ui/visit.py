"""One visit to a page by a person who is logged in, and what all pages of a process share."""

from dataclasses import dataclass
from urllib.parse import quote

from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from dropship_pipeline.admin.auth.access import Authenticator, Principal, remembered
from dropship_pipeline.admin.pages.ui.live import Feed, Feeds
from dropship_pipeline.admin.services import Services

READ = "collection.read"
RUN = "collection.run"
LOGIN = "/login"
_SITE = "dropship_site"


@dataclass(frozen=True, slots=True)
class Site:
    """What all pages of one application share."""

    app: FastAPI
    services: Services
    feeds: Feeds


class SiteInScope:
    """Lets a page know which application it was asked through: NiceGUI has one set of pages a process."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        scope[_SITE] = self._site
        await self._app(scope, receive, send)


def site_of(request: Request) -> Site:
    """The site a request came to; makes `request.app` the application, not NiceGUI's."""
    site: Site = request.scope[_SITE]
    request.scope["app"] = site.app
    return site


def session_of(scope: Scope) -> tuple[int, str | None] | None:
    """What identifies the login of a connection that passed the gate; None for a stranger."""
    who = remembered(scope)
    return None if who is None else (who.token_id, who.session)


@dataclass(frozen=True, slots=True)
class Visit:
    """A page that a person who is logged in has open."""

    site: Site
    request: Request
    principal: Principal

    @property
    def services(self) -> Services:
        """The process's services."""
        return self.site.services

    @property
    def org(self) -> str:
        """Whose data is shown."""
        return self.principal.org

    @property
    def feed(self) -> Feed:
        """The feed of the org's runs."""
        return self.site.feeds.of(self.principal.org)

    @property
    def may_run(self) -> bool:
        """Whether starting and stopping is offered; asked again when it is done."""
        return self.principal.may(RUN)

    async def still(self) -> Principal | None:
        """The principal as of now: None if the session has expired or its token was revoked.

        Raises:
            StorageUnavailable: Postgres does not answer.
        """
        # Not what the request was found to be when the page was opened.
        authenticator: Authenticator = self.site.app.state.authenticator
        principal = await authenticator.identify(self.request.scope)
        return principal if principal is not None and principal.org == self.org else None


def login_address(request: Request) -> str:
    """Where to log in, and to come back from."""
    query = request.url.query
    target = request.url.path + (f"?{query}" if query else "")
    return f"{LOGIN}?next={quote(target, safe='')}"
