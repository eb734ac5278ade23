"""`python -m dropship_pipeline.storage.images.avif_process`: decode an AVIF from stdin under a limit of memory.

An AVIF says its size outside of the data that is decoded, where nobody checks it: 46 bytes of lies are enough to fill
the memory. So it is decoded in a process of its own that cannot have more. It imports next to nothing, to start fast.
"""

import io
import resource
import subprocess
import sys

from PIL import AvifImagePlugin, Image, UnidentifiedImageError

# Address space, of which the interpreter itself needs a third.
LIMIT_BYTES = 320 * 1024 * 1024
DEADLINE_S = 60.0
DAMAGED, TOO_LARGE = 1, 2


class AvifDamaged(Exception):
    """It cannot be decoded; the message says why."""


class AvifTooLarge(Exception):
    """It would take more memory or time than an image may."""


def decode_apart(data: bytes) -> None:
    """Decode every frame in a process of its own; takes a tenth of a second.

    Raises:
        AvifDamaged: it cannot be decoded.
        AvifTooLarge: it can only be with more memory, or takes too long.
    """
    command = [sys.executable, "-m", __name__, str(LIMIT_BYTES)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=DEADLINE_S)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise AvifTooLarge(f"it is not decoded within {DEADLINE_S:g} s") from None
    said = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode == DAMAGED and said.startswith("damaged: "):
        raise AvifDamaged(said.removeprefix("damaged: "))
    if done.returncode != 0:  # also one that was killed, or whose library gave up
        raise AvifTooLarge("it takes more memory than an image may")


def main() -> int:
    """Decode stdin, in as many bytes of memory as the argument says."""
    limit = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    data = sys.stdin.buffer.read()
    try:
        with Image.open(io.BytesIO(data), formats=("AVIF",)) as image:
            for frame in range(getattr(image, "n_frames", 1)):
                image.seek(frame)
                image.load()
    except MemoryError:
        return TOO_LARGE
    except UnidentifiedImageError:
        sys.stderr.write("damaged: its boxes cannot be read")
        return DAMAGED
    except (OSError, EOFError, SyntaxError, ValueError) as error:
        sys.stderr.write(f"damaged: {error}")
        # The decoder's word for no memory; it has no error of its own for it.
        return TOO_LARGE if "memory" in str(error).lower() else DAMAGED
    return 0


if __name__ == "__main__":
    sys.exit(main())
