"""How much memory decoding may take at once in this process, whoever asks: a picture waits until it has room."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class DecodeGate:
    """Lets decodings through in the order in which they came, as many as have room together. Threads wait in it.

    Args:
        room_bytes: for all of them.
    """

    def __init__(self, room_bytes: int) -> None:
        self.room_bytes = room_bytes
        self._free = room_bytes
        self._next_in_line = threading.Lock()
        self._freed = threading.Condition()

    @contextmanager
    def room_for(self, size_bytes: int) -> Iterator[None]:
        """Hold room for one decoding while the block runs; more than there is at all counts as all of it."""
        size_bytes = min(size_bytes, self.room_bytes)
        with self._next_in_line, self._freed:
            self._freed.wait_for(lambda: self._free >= size_bytes)
            self._free -= size_bytes
        try:
            yield
        finally:
            with self._freed:
                self._free += size_bytes
                self._freed.notify_all()
