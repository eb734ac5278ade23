"""Documents of any length as answers: streamed, few at once, let go of when the client goes away or falls asleep."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Iterator
from contextlib import ExitStack, aclosing
from typing import Any

import anyio
from fastapi.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from dropship_pipeline.admin import problems
from dropship_pipeline.admin.services import Slots
from dropship_pipeline.errors import CollectionError
from dropship_pipeline.storage.exports.documents import FILE_TYPES, Format

logger = logging.getLogger(__name__)
# A reader who takes nothing for so long is cut off: meanwhile he holds a slot and a connection to the database.
PATIENCE_S = 30.0

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


class ReaderAsleep(Exception):
    """Nothing of the file was taken for too long."""


class FileAnswer(StreamingResponse):
    """A document as a file to download, or a problem that says why there is none.

    Args:
        slots: of all files that are being sent.
        pieces: of the document; begun once there is a slot.
        name: of the file, without its extension.
    """

    def __init__(self, slots: Slots, org: str, pieces: Iterator[bytes], name: str, form: Format) -> None:
        kind = FILE_TYPES[form]
        headers = {"Content-Disposition": f'attachment; filename="{name}.{kind.extension}"'}
        super().__init__(self._rest(b""), media_type=kind.media_type, headers=headers)
        self._slots = slots
        self._org = org
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; whatever happens, the slot is free again afterwards."""
        with ExitStack() as slot:
            # Before the answer begins an error can still be told; afterwards only the connection can break.
            try:
                slot.enter_context(self._slots.one_for(self._org))
                first = await anyio.to_thread.run_sync(next, self._pieces, b"")
            except CollectionError as error:
                await problems.of_error(error, scope["path"])(scope, receive, send)
                return
            # Closed here and now: left to itself, it would keep its connection until it is collected as garbage.
            async with aclosing(self._rest(first)) as self.body_iterator:
                try:
                    await super().__call__(scope, receive, _impatient(send))
                except ReaderAsleep:
                    logger.info("A file was not sent to its end: its reader took nothing for %.0f s", PATIENCE_S)

    async def _rest(self, first: bytes) -> AsyncGenerator[bytes, None]:
        """The pieces; a client that goes away sets the database connection free at once."""
        try:
            yield first
            # Waited for also when the client has gone: what is being read cannot be closed.
            while piece := await anyio.to_thread.run_sync(next, self._pieces, b""):
                yield piece
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_close, self._pieces)


def _impatient(send: Send) -> Send:
    async def sending(message: Message) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                await send(message)
        except TimeoutError:
            raise ReaderAsleep from None

    return sending


def _close(pieces: Iterator[bytes]) -> None:
    close = getattr(pieces, "close", None)
    if close is not None:
        close()
