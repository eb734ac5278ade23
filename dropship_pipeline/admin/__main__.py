"""`python -m dropship_pipeline.admin`: serve the admin page and its API."""

import argparse
import logging
import sys
from urllib.parse import urlsplit

import uvicorn

from dropship_pipeline.admin.app import create_app
from dropship_pipeline.admin.auth.security import MAX_BODY_BYTES
from dropship_pipeline.errors import CollectionError
from dropship_pipeline.settings import Settings, load_settings

GRACE_S = 5
DEFAULT_PORT = 8080


def main() -> int:
    """Serve until a signal ends it."""
    try:
        settings = load_settings()
        arguments = _arguments(settings)
        app = create_app(settings)
    except CollectionError as error:
        sys.stderr.write(f"dropship admin: {error}\n")
        return 1
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # No access log: an address may hold a login code. Uvicorn's own lines would hold the addresses of websockets, and
    # with them the ids of open pages. No proxy headers: they could be anybody's.
    uvicorn.run(
        app,
        host=arguments.host,
        port=arguments.port,
        access_log=False,
        # Bounds the headers; the other parser does not.
        http="h11",
        ws_max_size=MAX_BODY_BYTES,
        log_level="warning",
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    return 0


def _arguments(settings: Settings) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dropship_pipeline.admin", description="Serve the admin page.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=urlsplit(settings.admin_url).port or DEFAULT_PORT)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
