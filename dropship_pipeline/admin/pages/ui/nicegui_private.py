"""The internals of NiceGUI that pages need: it has one application per process, and builds its middleware once."""

from nicegui import core


def begin_anew() -> None:
    """Let NiceGUI's application take new middleware where an earlier application used it, as in tests."""
    core.app.middleware_stack = None
    core.app.user_middleware.clear()
