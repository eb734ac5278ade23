"""A port of 127.0.0.1 that nobody uses now."""

import socket


def free_port() -> int:
    """Free when it was looked at."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port
