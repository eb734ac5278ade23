"""`python -m dropship_pipeline.admin`: serve the admin page and its API."""

import argparse
import logging
import sys
from urllib.parse import urlsplit

from dropship_pipeline.admin.app import create_app
from dropship_pipeline.admin.serving import serve
from dropship_pipeline.errors import CollectionError
from dropship_pipeline.settings import Settings, load_settings

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
    serve(app, arguments.host, arguments.port)
    return 0


def _arguments(settings: Settings) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dropship_pipeline.admin", description="Serve the admin page.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=urlsplit(settings.admin_url).port or DEFAULT_PORT)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
