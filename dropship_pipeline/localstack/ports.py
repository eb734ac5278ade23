"""Chooses ports for what people open in a browser: the usual one, or the next free one."""

from urllib.parse import urlsplit

from dropship_pipeline.localstack.home import StackError, is_free

PORTS_TRIED = 100


def free_port_for(url: str, default: int, setting: str) -> int:
    """A port that is free now, as near as possible to the one in `url`.

    Args:
        url: where people expect the server.
        default: the port if `url` names none.
        setting: the variable that holds `url`.

    Raises:
        StackError: none of the next hundred is free.
    """
    wanted = urlsplit(url).port or default
    for port in range(wanted, min(wanted + PORTS_TRIED, 65_536)):
        if is_free(port):
            return port
    raise StackError(f"No free port from {wanted} on: set {setting} to another one")
