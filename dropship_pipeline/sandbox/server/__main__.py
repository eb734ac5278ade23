"""Serves the sandbox marketplace: `python -m dropship_pipeline.sandbox.server`.

Nothing is logged about requests, since their addresses hold API keys.
"""

import argparse
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from dropship_pipeline.sandbox.catalogue.catalogue import DEFAULT_PRODUCTS, Catalogue
from dropship_pipeline.sandbox.server.app import create_app
from dropship_pipeline.sandbox.server.state import SandboxSettings

_BACKLOG = 2048
_GOODBYE_S = 1


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until a signal ends it.

    Args:
        arguments: of the command line; the process's own if not given.
    """
    options = _parse(arguments)
    catalogue = Catalogue(options.seed, options.products, listings_per_product=options.listings_per_product)
    settings = SandboxSettings(api_latency_ms=options.api_latency_ms, image_latency_ms=options.image_latency_ms)
    # Listening before the port is told to anyone: a first request waits instead of being refused.
    with socket.create_server((options.host, options.port), backlog=_BACKLOG) as listener:
        port: int = listener.getsockname()[1]
        if options.port_file is not None:
            _write_whole(options.port_file, str(port))
        sys.stdout.write(f"Sandbox marketplace on http://{options.host}:{port}\n")
        sys.stdout.flush()
        config = uvicorn.Config(
            create_app(catalogue, settings),
            access_log=False,
            log_level="warning",
            lifespan="off",
            timeout_graceful_shutdown=_GOODBYE_S,
        )
        uvicorn.Server(config).run(sockets=[listener])


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dropship_pipeline.sandbox.server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 lets the system choose")
    parser.add_argument("--port-file", type=Path, help="where the port is written once it can be reached")
    parser.add_argument("--seed", type=int, default=7, help="another seed, another catalogue")
    parser.add_argument("--products", type=int, default=DEFAULT_PRODUCTS)
    parser.add_argument("--listings-per-product", type=int, choices=range(101), metavar="0-100")
    parser.add_argument("--api-latency-ms", type=int, default=0)
    parser.add_argument("--image-latency-ms", type=int, default=0)
    return parser.parse_args(arguments)


def _write_whole(path: Path, text: str) -> None:
    """Write so that a reader finds all of it or no file."""
    partial = path.with_name(path.name + ".part")
    partial.write_text(text, encoding="ascii")
    partial.replace(path)


if __name__ == "__main__":
    main()
