"""The login and logout pages: a form for a token, links that work once; no page needs a script."""

from html import escape
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dropship_pipeline.admin import problems
from dropship_pipeline.admin.auth.access import Authenticator, Principal, TooManyFailures
from dropship_pipeline.errors import StorageUnavailable

router = APIRouter(include_in_schema=False)
# The colours are those of the pages' style sheet, which a stranger does not get to see.
_STYLE = """
:root{color-scheme:light dark;--ground:#f5f6f8;--card:#fff;--text:#17202c;--muted:#526070;--line:#7b8899;
--accent:#1d5bb8;--on-accent:#fff;--bad:#9b1c26;--bad-soft:#fce6e7}
@media (prefers-color-scheme:dark){:root{--ground:#11151b;--card:#191f28;--text:#e8ecf2;--muted:#a7b2c1;--line:#8492a5;
--accent:#8db9ff;--on-accent:#0c1a30;--bad:#ffa8ae;--bad-soft:#42191d}}
body{font:15px/1.5 system-ui,sans-serif;max-width:26rem;margin:12vh auto 0;padding:0 1rem;background:var(--ground);
color:var(--text)}
main{background:var(--card);border-radius:10px;padding:1.6rem;box-shadow:0 1px 8px rgb(20 30 45/10%)}
.brand{text-align:center;font-weight:680;font-size:1.1rem;margin:0 0 1rem}
h1{font-size:1.4rem;margin:0 0 1rem}
label{font-weight:560}
input,button{font:inherit;width:100%;box-sizing:border-box;padding:.6rem .75rem;margin:.3rem 0 .8rem;border-radius:8px;
border:1px solid var(--line);background:var(--card);color:var(--text)}
button{background:var(--accent);color:var(--on-accent);border-color:var(--accent);font-weight:600;cursor:pointer}
p{color:var(--muted);margin:.4rem 0 0}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
[role=alert]{background:var(--bad-soft);color:var(--bad);border-radius:8px;padding:.6rem .9rem;margin:0 0 1rem}
code{overflow-wrap:anywhere}
"""


@router.get("/login")
async def show_form(request: Request, next: str = "/") -> Response:
    """The form that takes a token."""
    return await _form(request, local_path(next))


@router.post("/login")
async def log_in(
    request: Request,
    token: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Turn a token into a session."""
    try:
        who = await _authenticator(request).holder(token.strip(), request.scope)
    except TooManyFailures as error:
        wait = {"Retry-After": str(error.retry_after_s)}
        return await _form(request, local_path(next), HTTPStatus.TOO_MANY_REQUESTS, str(error), wait)
    if who is None:
        wrong = "That is not a valid token, or it has expired or been revoked."
        return await _form(request, local_path(next), HTTPStatus.UNAUTHORIZED, wrong)
    return _begin(request, who, local_path(next))


@router.get("/login/once/{code}")
async def show_link(code: str) -> Response:
    """Ask for one press of a button: programs that open links in advance would use this one up."""
    return _page("Log in", '<form method="post"><button autofocus>Log in</button></form>')


@router.post("/login/once/{code}")
async def use_link(request: Request, code: str) -> Response:
    """Turn a link into a session, once."""
    try:
        who = await _authenticator(request).by_login_link(code, request.scope)
    except TooManyFailures as error:
        return _page("Log in", _alert(str(error)), HTTPStatus.TOO_MANY_REQUESTS)
    if who is None:
        used = "This link has been used or is too old. `dropship up` prints a new one; a token works too."
        return await _form(request, "/", HTTPStatus.UNAUTHORIZED, used)
    return _begin(request, who, "/")


@router.post("/logout")
async def log_out(request: Request) -> Response:
    """End the session."""
    response = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    await _authenticator(request).end_session(request, response)
    return response


def local_path(path: str) -> str:
    """A path of this server to go on to; whatever a browser may take for another site becomes `/`."""
    usable = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if usable else "/"


def _begin(request: Request, who: Principal, path: str) -> Response:
    response = RedirectResponse(path, HTTPStatus.SEE_OTHER)
    _authenticator(request).begin_session(response, who)
    return response


def _authenticator(request: Request) -> Authenticator:
    authenticator: Authenticator = request.app.state.authenticator
    return authenticator


async def _form(
    request: Request, path: str, status: int = 200, wrong: str = "", headers: dict[str, str] | None = None
) -> Response:
    try:
        advice = await _authenticator(request).login_advice()
    except StorageUnavailable as error:
        problems.note_before_login(error)
        return _page("Log in", _alert(problems.AWAY), HTTPStatus.SERVICE_UNAVAILABLE)
    body = f"""{_alert(wrong) if wrong else ""}
<form method="post" action="/login">
<label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus spellcheck="false">
<input type="hidden" name="next" value="{escape(path)}">
<button>Log in</button>
</form>
<p>{advice}</p>"""
    return _page("Log in", body, status, headers)


def _alert(text: str) -> str:
    return f'<p role="alert">{escape(text)}</p>'


def _page(title: str, body: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return HTMLResponse(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} · dropship</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f'<body><header class="brand">dropship</header><main><h1>{title}</h1>{body}</main></body></html>',
        status,
        headers,
    )
