"""What NiceGUI has no public way for: its application is one a process, and is built with its middleware once."""

from nicegui import core


def begin_anew() -> None:
    """Let NiceGUI's application take new middleware, where another of ours had it before, as in tests."""
    core.app.middleware_stack = None
    core.app.user_middleware.clear()
