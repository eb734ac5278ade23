"""Documents of any length as answers: streamed, few at once, and let go of when the client goes away."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import anyio
from fastapi.responses import StreamingResponse

from dropship_pipeline.admin.services import Services, Slots
from dropship_pipeline.errors import StorageUnavailable
from dropship_pipeline.storage.exports.documents import FILE_TYPES, Format

FILE_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, streamed; one that is cut off is not complete",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "array"}},
            FILE_TYPES["xlsx"].media_type: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


async def answer_file(services: Services, pieces: Iterator[bytes], name: str, form: Format) -> StreamingResponse:
    """A document as a file to download.

    Raises:
        StorageUnavailable: Postgres does not answer, or as many exports as there may be are going on.
    """
    if services.exports.are_all_taken:
        raise StorageUnavailable("As many exports as there may be at once are going on: try again when one has ended")
    # Before the answer begins an error can still be told; afterwards only the connection can break.
    first = await anyio.to_thread.run_sync(next, pieces, b"")
    kind = FILE_TYPES[form]
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind.extension}"'}
    return StreamingResponse(_stream(first, pieces, services.exports), media_type=kind.media_type, headers=headers)


async def _stream(first: bytes, pieces: Iterator[bytes], slots: Slots) -> AsyncIterator[bytes]:
    """The pieces; a client that goes away sets the database connection free at once."""
    slots.taken += 1
    try:
        yield first
        # Waited for also when the client has gone: what is being read cannot be closed.
        while piece := await anyio.to_thread.run_sync(next, pieces, b""):
            yield piece
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(_close, pieces)
        slots.taken -= 1


def _close(pieces: Iterator[bytes]) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()
