"""Serves the admin page, or the Dagster UI behind its guard: what both are to tell nobody, and how much they take."""

import uvicorn
from starlette.types import ASGIApp

from dropship_pipeline.admin.auth.security import MAX_BODY_BYTES

GRACE_S = 5


def serve(app: ASGIApp, host: str, port: int) -> None:
    """Serve until a signal ends it."""
    uvicorn.run(
        app,
        host=host,
        port=port,
        # An address may hold a login code. Uvicorn's own lines would hold the addresses of websockets, and with them
        # the ids of open pages.
        access_log=False,
        log_level="warning",
        log_config=None,
        # Bounds the headers; the other parser does not.
        http="h11",
        ws_max_size=MAX_BODY_BYTES,
        proxy_headers=False,  # they could be anybody's
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
